"""A file is read or refused by name and line, and written whole or not at all."""

import os

import pytest

from diplograph.core.errors import UnreadableFile
from diplograph.core.files import decode, read_bytes, replace_file, replace_files


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.ttl"


def names_beside(path):
    return sorted(entry.name for entry in path.parent.iterdir())


def test_the_bytes_of_a_file_are_returned_as_they_are(path):
    path.write_bytes(b"\xef\xbb\xbfa\r\n\0")
    assert read_bytes(path) == b"\xef\xbb\xbfa\r\n\0"


def test_a_missing_file_is_unreadable(path):
    with pytest.raises(UnreadableFile, match=r"some\.ttl: the file cannot be read: No such file"):
        read_bytes(path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UnreadableFile, match="Is a directory"):
        read_bytes(tmp_path)


def test_an_error_calls_the_file_by_the_name_it_is_given(path):
    with pytest.raises(UnreadableFile) as caught:
        read_bytes(path, file="data/some.ttl")
    assert caught.value.file == "data/some.ttl"


def test_a_byte_order_mark_is_no_text():
    assert decode(b"\xef\xbb\xbfa\r\n", file="some.ttl") == "a\r\n"


def test_bytes_that_are_not_utf_8_are_refused_at_their_line():
    with pytest.raises(UnreadableFile) as caught:
        decode("one\ntwo é".encode("latin-1"), file="some.ttl")
    assert (caught.value.line, caught.value.value) == (2, "e9")


def test_a_file_is_replaced_whole_and_keeps_its_permissions(path):
    path.write_bytes(b"before")
    path.chmod(0o640)
    replace_file(path, b"after")
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names_beside(path) == ["some.ttl"]


def test_a_new_file_can_be_read_by_everyone(path):
    replace_file(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "link.ttl"
    path.write_bytes(b"before")
    link.symlink_to(path)
    replace_file(link, b"after")
    assert link.is_symlink()
    assert path.read_bytes() == b"after"


def test_nothing_is_written_into_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UnreadableFile, match="the file cannot be written: No such file"):
        replace_file(tmp_path / "nowhere" / "some.ttl", b"new")


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(path, monkeypatch):
    def refuse(*_):
        raise PermissionError("no")

    path.write_bytes(b"before")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UnreadableFile, match="cannot be written"):
        replace_file(path, b"after")
    assert path.read_bytes() == b"before"
    assert names_beside(path) == ["some.ttl"]


def test_several_files_are_written_with_their_folders(path, tmp_path):
    path.write_bytes(b"old")
    path.chmod(0o640)
    other = tmp_path / "new" / "other.ttl"
    replace_files({path: b"one", other: b"two"})
    assert (path.read_bytes(), other.read_bytes()) == (b"one", b"two")
    assert path.stat().st_mode & 0o777 == 0o640
    assert names_beside(path) == ["new", "some.ttl"]


def test_of_several_files_none_is_written_where_one_cannot_be(path, tmp_path):
    path.write_bytes(b"old")
    (tmp_path / "file").write_bytes(b"in the way of a folder")
    with pytest.raises(UnreadableFile, match=r"file.other\.ttl: the file cannot be written: "):
        replace_files({path: b"one", tmp_path / "file" / "other.ttl": b"two"})
    assert path.read_bytes() == b"old"
    assert names_beside(path) == ["file", "some.ttl"]


def test_a_folder_is_not_overwritten_and_nothing_is_left_in_it(tmp_path):
    (tmp_path / "here").mkdir()
    with pytest.raises(UnreadableFile, match="here"):
        replace_file(tmp_path / "here", b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["here"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    replace_file(pipe, b"through")
    assert os.read(reader, 20) == b"through"
    os.close(reader)
    assert pipe.is_fifo()
    assert names_beside(pipe) == ["pipe"]

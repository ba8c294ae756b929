// Offers each drawing as a PNG file: the browser paints the SVG file, at twice its size.
// Without scripts the links stay hidden; the SVG file is there in any case.

const SCALE = 2;

function paint(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

async function save(event) {
  event.preventDefault();
  const link = event.currentTarget;
  const image = new Image();
  image.src = link.href;
  await image.decode();
  const file = document.createElement("a");
  file.href = URL.createObjectURL(await paint(image));
  file.download = link.dataset.name;
  file.click();
  setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
}

for (const link of document.querySelectorAll("a.png")) {
  link.hidden = false;
  link.addEventListener("click", save);
}

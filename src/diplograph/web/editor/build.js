// Bundles the editor into the folder it is given, with the licences of all that goes into it.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: ["editor.js"],
  outfile: join(folder, "editor.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
writeFileSync(join(folder, "licences.txt"), writeLicences());

/** Return the licence of every package that is not only built with, in order of name. */
function writeLicences() {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const bundled = Object.entries(lock.packages)
    .filter(([place, each]) => place && !each.dev && !each.optional)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const texts = bundled.map(([place, each]) => {
    const name = place.replace("node_modules/", "");
    return `${name} ${each.version} (${each.license})\n\n${readLicence(place).trim()}\n`;
  });
  return `What the editor of the pages is made of\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`;
}

function readLicence(place) {
  const name = existsSync(place) && readdirSync(place).find((each) => /^licen[cs]e/i.test(each));
  if (!name) throw new Error(`${place} comes without its licence`);
  return readFileSync(join(place, name), "utf8");
}

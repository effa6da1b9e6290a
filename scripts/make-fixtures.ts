// Writes the generated part of the demo site: node scripts/node.mjs scripts/make-fixtures.ts [FOLDER]
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { bigPage } from "./demo-site/big-page.ts";
import { bundles } from "./demo-site/bundle.ts";
import { charsetPages } from "./demo-site/charset-pages.ts";
import { lighthouse } from "./demo-site/png.ts";

const root = process.argv[2] ?? join(import.meta.dirname, "../fixtures/site");

const files = new Map<string, string | Uint8Array>(charsetPages());
files.set("big/index.html", bigPage());
files.set("images/harbor.png", lighthouse(192, 108));
files.set("images/beam.png", lighthouse(96, 54));
for (const [name, source] of bundles()) files.set(`assets/${name}`, source);

for (const [path, content] of files) {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
console.log(`${files.size} files in ${root}`);

// npm run bench [-- OPTIONS]: the passthrough. npm run bench -- NAME [OPTIONS]: bench/NAME.ts
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

const folder = import.meta.dirname;
const names = globSync("*.ts", { cwd: folder }).map((file) => basename(file, ".ts"));
const [first, ...more] = process.argv.slice(2);
const isNamed = first !== undefined && !first.startsWith("-");
const name = isNamed ? first : "passthrough";
if (!names.includes(name) || name === "run") {
  console.error(`there is no bench/${name}.ts; there are: ${names.join(", ")}`);
  process.exitCode = 2;
} else {
  const args = isNamed ? more : process.argv.slice(2);
  const command = ["--disable-warning=ExperimentalWarning", join(folder, `${name}.ts`), ...args];
  process.exitCode = spawnSync(process.execPath, command, { stdio: "inherit" }).status ?? 1;
}

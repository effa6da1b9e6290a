import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT, run } from "./run.ts";

/**
 * The README's middleware, as a strict TypeScript program outside sees it, with every declaration of the
 * package checked; a wrong option must be an error.
 */
export function checkTypes(home: string, modules: readonly string[]): string {
  const code = `
import { Hono } from "hono";
import { wayleave, type WayleaveOptions } from "wayleave";
import { nodeDeltaCodecs } from "wayleave/node";
import type { Stage } from "wayleave/feature";
import { redisStore } from "wayleave/store/redis";
import type { Store } from "wayleave/store";
${modules.map((name, i) => `import * as m${i} from ${JSON.stringify(name)};`).join("\n")}
const app = new Hono();
app.use(wayleave({ app, rules: { defaults: { markdown: true } }, codecs: nodeDeltaCodecs() }));
// @ts-expect-error: a misspelt feature
const wrong: WayleaveOptions = { rules: { defaults: { markdwon: true } } };
// @ts-expect-error: a stage decides on requests and responses
const stage: Stage = { onRequest: "markdown" };
export const open = (url: string): Store => redisStore({ url });
console.log(wrong, stage, ${modules.map((_, i) => `m${i}`).join(", ")});
`;
  writeFileSync(join(home, "types.ts"), code);
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "dom", "dom.iterable", "dom.asynciterable", "esnext.typedarrays"],
    module: "nodenext",
    strict: true,
    noEmit: true,
    types: ["node"],
    skipLibCheck: false,
  };
  const tsconfig = { compilerOptions, files: ["types.ts"] };
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(tsconfig));
  run(home, process.execPath, join(ROOT, "node_modules", "typescript", "bin", "tsc"));
  return "a strict program outside compiles, and its mistakes do not";
}

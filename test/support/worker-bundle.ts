import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import process from "node:process";
import { promisify } from "node:util";
import { madeOnce } from "./made-once.ts";

const root = new URL("../..", import.meta.url).pathname;

/**
 * The folder of the Worker as it would be deployed, bundled once in a test run.
 *
 * @param entry of an operator's own, @default that of wrangler.jsonc
 */
export function workerBundle(entry?: string): Promise<string> {
  const name = createHash("sha256")
    .update(entry ?? "")
    .digest("hex");
  return madeOnce(`worker-${name.slice(0, 16)}`, async (folder) => {
    const own = entry === undefined ? [] : [entry];
    const wrangler = ["node_modules/wrangler/bin/wrangler.js", "deploy", ...own];
    await promisify(execFile)(process.execPath, [...wrangler, "--dry-run", "--outdir", folder], {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    }).catch(({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`the Worker does not bundle:\n${stdout}${stderr}`);
    });
  });
}

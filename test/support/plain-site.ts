import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOrigin, type TestOrigin } from "./origin.ts";

/** An origin server whose every path is a page, and a folder with rules that switch nothing on. */
export interface PlainSite {
  readonly folder: string;
  readonly origin: TestOrigin;
  /** Arguments of `start` on Node. */
  readonly argv: readonly string[];
  close(): Promise<void>;
}

/** Starts an origin server whose pages have the content "a page". */
export async function startPlainSite(): Promise<PlainSite> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-plain-"));
  writeFileSync(join(folder, "rules.jsonc"), "{}");
  const origin = await startOrigin();
  origin.missing = (_, response) => void response.end("a page");
  return {
    folder,
    origin,
    argv: ["--origin", origin.url, "--rules", "rules.jsonc", "--runtime", "node"],
    async close() {
      await origin.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

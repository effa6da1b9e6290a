import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.ts";
import { UsageError } from "./usage.ts";

/** Optional peers of this package, and the options that need them. */
const NEEDS = {
  workers: { what: "--runtime workers", packages: ["wrangler"] },
  redis: { what: "a redis:// store", packages: ["@redis/client"] },
  mcp: { what: "audit --serve", packages: ["@modelcontextprotocol/server"] },
  turndown: { what: '"engine": "turndown"', packages: ["turndown", "linkedom"] },
} as const;

/**
 * Loads code that imports optional peers of this package. If one is not installed, rejects with a
 * UsageError that says in one line which option needs it and how to install it.
 */
export async function loadOptional<Loaded>(
  need: keyof typeof NEEDS,
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  try {
    return await load();
  } catch (error) {
    const { what, packages } = NEEDS[need];
    const missing = packages.find((name) => isMissing(name, error));
    if (missing === undefined) throw error;
    const wanted = packages.map((name) => `${name}@${majorOf(name)}`).join(" ");
    throw new UsageError(`${what} needs ${missing}, which is not installed: npm i ${wanted}`);
  }
}

/** Whether an error says that a package is missing; Node names the package only in the message. */
function isMissing(name: string, error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === "ERR_MODULE_NOT_FOUND" && String(message).includes(`package '${name}'`);
}

/** The major version that is supported, e.g. "4" of "^4.155.0", "0.18" of "^0.18.14". */
function majorOf(name: string): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  const { peerDependencies } = JSON.parse(text) as { peerDependencies: Record<string, string> };
  return /^\^((?:0\.)?\d+)/.exec(peerDependencies[name] ?? "")?.[1] ?? "latest";
}

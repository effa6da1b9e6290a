import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import * as zlib from "node:zlib";
import type { RulesFile } from "../../rules/schema.ts";
import { packageRoot } from "../package-root.ts";
import { turndownFor } from "../turndown.ts";
import { findingsOf, reasonOf, type SetupFinding } from "./finding.ts";

const { ok, doubtful, bad } = findingsOf("versions");

/** Looks at the versions of wayleave and Node, and at the packages that the rules need. */
export async function lookAtVersions(
  rules: RulesFile | undefined,
): Promise<readonly SetupFinding[]> {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  const { version, engines } = JSON.parse(text) as {
    readonly version: string;
    readonly engines: { readonly node: string };
  };
  const least = Number(/\d+/.exec(engines.node)?.[0]);
  const { node } = process.versions;
  const named = `wayleave ${version}, Node ${node}, ${process.platform} ${process.arch}`;
  const findings: SetupFinding[] = [
    Number(node.split(".")[0]) < least
      ? bad(`${named}: this Node is too old`, `Use Node ${least} or later.`)
      : ok(named),
  ];
  if (typeof zlib.createZstdCompress !== "function") {
    findings.push(
      doubtful(
        "this Node has no zstd of its own, so WebAssembly codes zstd and dcz, which takes more time",
        "Use Node 22.15 or later.",
      ),
    );
  }
  if (rules === undefined) return findings;
  try {
    await turndownFor(rules);
  } catch (error) {
    findings.push(bad(reasonOf(error)));
  }
  return findings;
}

import { ANONYMOUS } from "../../agent/agent.ts";
import type { FeatureList } from "../../feature/define.ts";
import { SITEMAP } from "../../http/known-paths.ts";
import { compileRules, type CompiledRules } from "../compile.ts";
import type { RulesFile } from "../schema.ts";
import type { SiteLine } from "./site-lines.ts";

/** Stands for a rule: the key at the top of the rules. */
export const SITEMAP_KEY = "sitemap";

/** Compiles the line that announces the generated sitemap on a host; none if the rules have none. */
export function compileSitemapLine(
  rules: RulesFile,
  features: FeatureList,
): (host: string) => readonly SiteLine[] {
  const writer = features.find(({ ifDocuments }) => ifDocuments !== undefined);
  if (!rules.sitemap || writer === undefined) return () => [];
  let compiled: CompiledRules | undefined;
  return (host) => {
    compiled ??= compileRules(rules, features);
    const request = { method: "GET", host, path: SITEMAP, agent: ANONYMOUS };
    const { mode } = compiled.forRequest(request)(writer.key);
    return mode === "enforce" ? [LINE] : [];
  };
}

const LINE = { name: "Sitemap", value: SITEMAP, rule: SITEMAP_KEY, overrides: false };

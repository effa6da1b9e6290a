import type { FeatureList } from "../feature/define.ts";
import { MOST_PARTS, partTarget } from "../http/known-paths.ts";
import { settingOf } from "./feature-settings.ts";
import { saidIn } from "./robots/setting.ts";
import type { RulesFile } from "./schema.ts";

/**
 * The targets of documents by which the rules speak to agents: those at their top, and those that a line
 * of robots.txt names for the whole site, e.g. its license. They are open to all unless a rule names them.
 */
export function publishedTargets(file: RulesFile, features: FeatureList): ReadonlySet<string> {
  const { documents, sitemap, publicOrigin, rules, defaults } = file;
  const targets = new Set(Object.keys(documents));
  if (sitemap) for (let part = 1; part <= MOST_PARTS; part++) targets.add(partTarget(part));
  for (const feature of features) {
    if (feature.robots === undefined) continue;
    for (const part of [...rules, defaults]) {
      const setting = settingOf(part, feature.key);
      if (setting === undefined) continue;
      for (const line of saidIn(feature, setting).lines) {
        const target = line.kind === "site" ? targetOf(line.value, publicOrigin) : undefined;
        if (target !== undefined) targets.add(target);
      }
    }
  }
  return targets;
}

/** The target of a reference; undefined if it leads to another site, or nobody knows which one this is. */
function targetOf(reference: string, publicOrigin: string | undefined): string | undefined {
  if (publicOrigin === undefined && !reference.startsWith("/")) return undefined;
  const site = new URL(publicOrigin ?? "https://site.invalid").origin;
  const url = URL.parse(reference, site);
  return url?.origin === site ? url.pathname + url.search : undefined;
}

import type { FeatureDefinition, NeededBinding } from "../feature/define.ts";
import { environmentsOf, mismatchOf, type Deployment } from "./bindings.ts";
import { settingOf } from "./feature-settings.ts";
import type { ValidRules } from "./warn.ts";

/** A binding of a Worker that rules use; the proxy works without any. */
export interface WorkerBinding {
  readonly name: string;
  readonly kind: "KV" | "R2" | "Durable Object" | "rate limit" | "Analytics Engine";
  /** The environments of wrangler.jsonc that lack it; "" is the one at its top. */
  readonly missingIn: readonly string[];
  /** The consequence of its absence. */
  readonly without: string;
}

/** Lists the bindings that rules use, those of all rules that a Worker can have included. */
export function workerBindings(valid: ValidRules, configuration: string): readonly WorkerBinding[] {
  const environments = environmentsOf(configuration);
  const missingIn = (has: (deployment: Deployment) => boolean): readonly string[] =>
    environments.flatMap(([name, deployment]) => (has(deployment) ? [] : [name]));
  const object = (name: string, type: string, without: string): WorkerBinding => {
    const needed = { kind: "object", name, class: type, without } as const;
    const has = (at: Deployment): boolean => mismatchOf(needed, at) === undefined;
    return { name, kind: "Durable Object", missingIn: missingIn(has), without };
  };
  const used = settingsOf(valid);
  const lost = [...new Set(used.flatMap(([{ withoutStorage = "" }]) => withoutStorage || []))];
  const found: WorkerBinding[] = [
    {
      name: "INDEX",
      kind: "KV",
      missingIn: missingIn((at) => hasBinding(at.kv_namespaces, "INDEX")),
      without: ["rules change only with a deploy", ...lost].join("; "),
    },
    {
      name: "BLOBS",
      kind: "R2",
      missingIn: missingIn((at) => hasBinding(at.r2_buckets, "BLOBS")),
      without: lost.join("; "),
    },
  ];
  if (used.some(([, setting]) => "dictionary" in setting)) {
    found.push(object("LEDGER", "Ledger", "isolates that store a dictionary at once do it twice"));
  }
  if (valid.rules.agents.replay !== false) {
    found.push(object("REPLAY", "ReplayGuard", "a captured signature counts until it expires"));
  }
  for (const needed of neededBy(used)) {
    if (needed.kind === "object") found.push(object(needed.name, needed.class, needed.without));
    else {
      const has = (at: Deployment): boolean => mismatchOf(needed, at) === undefined;
      const without = "the requests of its rule are not counted";
      found.push({ name: needed.name, kind: "rate limit", missingIn: missingIn(has), without });
    }
  }
  found.push({
    name: "ANALYTICS",
    kind: "Analytics Engine",
    missingIn: missingIn((at) => hasBinding(at.analytics_engine_datasets, "ANALYTICS")),
    without: "the dashboard has no figures of requests",
  });
  return found.filter(({ without }) => without !== "");
}

type Used = readonly (readonly [feature: FeatureDefinition, setting: object])[];

/** The settings of features that are on anywhere. */
function settingsOf({ rules: { rules, defaults }, features }: ValidRules): Used {
  return [...rules, defaults].flatMap((part) =>
    features.flatMap((feature) => {
      const setting = settingOf(part, feature.key) ?? false;
      if (setting === false) return [];
      const options = typeof setting === "object" ? setting : { mode: "enforce" };
      return options.mode === "off" ? [] : [[feature, options] as const];
    }),
  );
}

/** The bindings that features name, each once. */
function neededBy(used: Used): readonly NeededBinding[] {
  const all = used.flatMap(([feature, setting]) => feature.bindings?.(setting as never) ?? []);
  return [...new Map(all.map((needed) => [needed.name, needed])).values()];
}

function hasBinding(list: Deployment["kv_namespaces"], name: string): boolean {
  return list?.some(({ binding }) => binding === name) ?? false;
}

import { parse } from "jsonc-parser";
import type { NeededBinding } from "../feature/define.ts";
import { quote, toPointer, type Warning } from "./fault.ts";
import { placeOf, settingOf } from "./feature-settings.ts";
import type { ValidRules } from "./warn.ts";

/** The part of wrangler.jsonc that names bindings. */
export interface Deployment {
  readonly r2_buckets?: readonly { readonly binding?: unknown }[];
  readonly kv_namespaces?: readonly { readonly binding?: unknown }[];
  readonly analytics_engine_datasets?: readonly { readonly binding?: unknown }[];
  readonly durable_objects?: {
    readonly bindings?: readonly { readonly name?: unknown; readonly class_name?: unknown }[];
  };
  readonly ratelimits?: readonly {
    readonly name?: unknown;
    readonly simple?: { readonly limit?: unknown; readonly period?: unknown };
  }[];
  readonly env?: Readonly<Record<string, Deployment>>;
}

/** A binding that rules need and a deployment lacks, or states otherwise. */
export interface BindingMismatch {
  readonly warning: Warning;
  /** Whether the Worker would count otherwise than the rule says. */
  readonly isWrong: boolean;
}

/** The deployments of a wrangler.jsonc, by environment; the one at the top has no name. */
export function environmentsOf(
  configuration: string,
): readonly (readonly [name: string, deployment: Deployment])[] {
  const root = (parse(configuration, [], { allowTrailingComma: true }) ?? {}) as Deployment;
  return [["", root] as const, ...Object.entries(root.env ?? {})];
}

/**
 * Compares the bindings that the rules need with wrangler.jsonc, of which each environment has its own.
 * A text that can't be parsed has no bindings.
 */
export function bindingMismatches(
  { rules: { rules, defaults }, features, places }: ValidRules,
  configuration: string,
): readonly BindingMismatch[] {
  const environments = environmentsOf(configuration);
  const found: BindingMismatch[] = [];
  const parts = [
    ...rules.map((rule, i) => [rule, ["rules", i]] as const),
    [defaults, ["defaults"]] as const,
  ];
  for (const [part, path] of parts) {
    for (const feature of features) {
      const setting = settingOf(part, feature.key);
      if (typeof setting !== "object" || setting.mode === "off") continue;
      const at = placeOf(feature, path, places);
      for (const needed of feature.bindings?.(setting) ?? []) {
        for (const [name, deployment] of environments) {
          const why = mismatchOf(needed, deployment);
          if (why === undefined) continue;
          const where =
            name === "" ? "wrangler.jsonc" : `wrangler.jsonc, environment ${quote(name)}`;
          const message = `on Workers, ${where} ${why}`;
          const isWrong = needed.kind === "rate-limit";
          const warning = {
            pointer: toPointer(at),
            ...places.key(at),
            code: "runtime" as const,
            message,
          };
          found.push({ warning, isWrong });
        }
      }
    }
  }
  return found;
}

/** The fault of a deployment about a binding; undefined if there is none. */
export function mismatchOf(needed: NeededBinding, deployment: Deployment): string | undefined {
  if (needed.kind === "object") {
    const all = deployment.durable_objects?.bindings ?? [];
    const has = all.some(({ name, class_name: of }) => name === needed.name && of === needed.class);
    return has
      ? undefined
      : `has no Durable Object ${quote(needed.name)} of the class ${quote(needed.class)}: ${needed.without}`;
  }
  const { name, limit, period } = needed;
  const stated = deployment.ratelimits?.find((each) => each.name === name)?.simple;
  if (stated === undefined) return `has no rate limit ${quote(name)} under "ratelimits"`;
  return stated.limit === limit && stated.period === period
    ? undefined
    : `states ${quote(stated.limit)} in ${quote(stated.period)} seconds for the rate limit ${quote(name)}, and the rule ${limit} in ${period}`;
}

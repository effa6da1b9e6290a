import { formerKeys, placeOf } from "./feature-settings.ts";
import { toPointer, type Warning } from "./fault.ts";
import type { ValidRules } from "./warn.ts";

/** Warns of keys that only this version still accepts; unordered. */
export function deprecations({ rules, places, features }: ValidRules): Warning[] {
  const parts = [["defaults"], ...rules.rules.map((_rule, i) => ["rules", i])];
  const options = parts.flatMap((path) =>
    features.flatMap((feature) =>
      Object.entries(feature.deprecated ?? {}).flatMap(([key, message]): Warning[] => {
        const at = placeOf(feature, path, places).concat(key);
        if (!places.has(at)) return [];
        const place = places.key(at);
        return [{ pointer: toPointer(at), ...place, code: "deprecated", message }];
      }),
    ),
  );
  return parts.flatMap((path) => formerKeys(features, path, places)).concat(options);
}

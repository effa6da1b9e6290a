import { foldCase, decodeText, foldForms, withoutTrailingSlash } from "../http/fold-path.ts";
import { HEALTHZ, OWN_FOLDER, READYZ } from "../http/known-paths.ts";
import { looseEscapes } from "../http/loose-escapes.ts";
import { canonicalForms, isPlain } from "../http/canonical-path.ts";
import { readPath } from "../http/path-readings.ts";
import { splitTarget } from "../http/target.ts";
import { waryFolding } from "../rules/path-folding.ts";
import type { RulesFile } from "../rules/schema.ts";

/**
 * Compiles a test for targets of our own endpoints, in every reading of the path. Paths that are
 * longer than the rules allow are not ours.
 */
export function ownTargets({
  health,
  paths,
}: {
  /** Whether we also serve `/healthz` and `/readyz`. */
  readonly health: boolean;
  readonly paths: Pick<RulesFile["paths"], "maxLength">;
}): (target: string) => boolean {
  const names = health ? ["wayleave", "healthz", "readyz"] : ["wayleave"];
  return (target) => {
    const { path } = splitTarget(target);
    if (path.length > paths.maxLength) return false;
    if (isPlain(path)) {
      return health && path.length <= LONGEST_PLAIN && isOwnPath(foldCase(path), health);
    }
    const text = foldCase(foldForms(decodeText(looseEscapes(canonicalForms(path).asReceived))));
    if (!names.some((name) => text.includes(name))) return false;
    const { paths: found, isComplete } = readPath(path, { isWary: true });
    // One of the readings that were not computed may be ours.
    if (!isComplete) return true;
    return found.some((each) => forms(each).some((form) => isOwnPath(form, health)));
  };
}

const { forms } = waryFolding({});

/** `/healthz/` */
const LONGEST_PLAIN = 9;

function isOwnPath(form: string, health: boolean): boolean {
  if (form === OWN_FOLDER || form.startsWith(`${OWN_FOLDER}/`)) return true;
  return health && HEALTH.has(withoutTrailingSlash(form));
}

const HEALTH = new Set<string>([HEALTHZ, READYZ]);

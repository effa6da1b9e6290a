import { CHECK_IDS } from "../../audit/model.ts";
import { AUDIT_PROFILES } from "../../audit/profiles.ts";
import { isOnWeb } from "../../http/target.ts";
import { UsageError, wrongValue } from "../usage.ts";
import { ALL_FURTHER } from "./further-checks.ts";

/** The ids of the checks to run; the list of --only takes precedence over a profile. */
export function chosenChecks(
  only: string | undefined,
  profile: string | undefined,
): ReadonlySet<string> {
  const ours = ALL_FURTHER.map(({ id }) => id);
  const known = new Set<string>([...CHECK_IDS, ...ours]);
  if (only === undefined) {
    const names = Object.keys(AUDIT_PROFILES);
    const ids =
      profile === undefined || !names.includes(profile) ? undefined : AUDIT_PROFILES[profile];
    if (profile !== undefined && ids === undefined)
      throw wrongValue("--profile", names.join(", "), profile);
    return new Set([...(ids ?? CHECK_IDS), ...ours]);
  }
  const ids = only
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined || ids.length === 0) {
    throw wrongValue("--only", `a list of: ${[...known].join(", ")}`, unknown ?? only);
  }
  return new Set(ids);
}

/** Parses the URL of a site; https if it has no scheme. */
export function siteUrl(text: string): URL {
  const url = URL.parse(text) ?? (text.includes(":") ? null : URL.parse(`https://${text}`));
  if (isOnWeb(url) && url.username === "" && url.password === "") {
    url.hash = "";
    return url;
  }
  throw new UsageError(`${JSON.stringify(text)} is not an http or https URL`);
}

import { isVersionValue } from "./version-part.ts";

const VERSION_NAMES =
  /^(?:v|ver|version|rev|revision|build|buildid|b|h|hash|t|ts|time|timestamp|_|cb|cachebust(?:er)?|cache|bust|m|mtime|d|dpl|r|release|id|s|c|x|nc|modified|updated|token|sha|commit)$/i;
const TRACKING =
  /^(?:utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_ga|_gl|ref|ref_src|source)$/i;

const MOST_MEMBERS = 32;

/**
 * Whether a query without its "?" has a version, and other members that select the content, which
 * campaign parameters do not.
 */
export function readQuery(query: string) {
  let hasVersion = false;
  let makesPage = false;
  for (const member of query.split("&", MOST_MEMBERS)) {
    if (member === "") continue;
    const equals = member.indexOf("=");
    const name = equals === -1 ? "" : member.slice(0, equals);
    const value = member.slice(equals + 1);
    // A bare value, as in "app.css?1700000000", may be a version.
    const isNamed = equals === -1 || VERSION_NAMES.test(name);
    if (isNamed && isVersionValue(value)) hasVersion = true;
    else if (!TRACKING.test(name)) makesPage = true;
  }
  return { hasVersion, makesPage };
}

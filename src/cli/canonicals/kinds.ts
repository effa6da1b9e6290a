/** The kinds of findings, worst first, and what each means. */
export const KINDS = {
  loop: "the canonicals of several pages form a loop",
  "target-not-200": "the canonical's status is not 200",
  "target-noindex": "the canonical asks not to be indexed (noindex)",
  "target-error-page": "the canonical has the content of addresses that do not exist",
  "many-to-one": "many unlike pages name one canonical",
  placeholder: "a template has not filled in the canonical",
  "local-host": "the canonical is on a local, private or staging host",
  "first-page": "a later page of a series names an earlier one",
  "other-language": "the canonical is the page in another language",
  fragment: "the canonical is a fragment of an app (#! or #/)",
  conflicting: "the page names several different canonicals",
  invalid: "the canonical is empty, or no http or https address",
  "script-only": "only a script of the page writes a canonical, which crawlers may not run",
  "behind-scan": "the head is longer than 256 KB, and names no canonical before that (maxScan)",
  "scheme-mismatch": "the canonical has another scheme (http or https)",
  "www-mismatch": 'the canonical is the same host with or without "www."',
  "chain-too-long": "more canonicals follow each other than the proxy follows (maxChain)",
  chain: "the canonical has a canonical itself",
  "cross-origin": "the canonical is on another origin",
  missing: "the page names no canonical",
  redirect: "crawlers will be redirected",
  self: "the page is its own canonical",
} as const;

export type FindingKind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as FindingKind[];

/** Kinds that are no fault of the site. */
const HARMLESS: ReadonlySet<FindingKind> = new Set(["missing", "redirect", "self"]);

/** Kinds for which the command fails. */
export const PROBLEMS: ReadonlySet<FindingKind> = new Set(
  KIND_NAMES.filter((kind) => !HARMLESS.has(kind)),
);

/** The kind of a page whose canonical the proxy does not follow. */
export function kindOfStay(reason: string, page: string, named: string | undefined): FindingKind {
  switch (reason) {
    case "canonicals-conflict":
      return "conflicting";
    case "canonical-invalid":
    case "canonical-empty":
      return "invalid";
    case "canonical-placeholder":
      return "placeholder";
    case "canonical-fragment":
      return "fragment";
    case "canonical-first-page":
      return "first-page";
    case "canonical-other-language":
      return "other-language";
    case "scan-cut":
      return "behind-scan";
    case "canonical-cross-origin":
      return kindOfForeign(page, named);
    case "canonical-is-self":
      return "self";
    default:
      return "missing";
  }
}

function withoutWww(host: string): string {
  return host.replace(/^www\./, "");
}

/** The kind of a canonical on another origin. */
function kindOfForeign(page: string, named: string | undefined): FindingKind {
  const [own, other] = [URL.parse(page), URL.parse(named ?? "")];
  if (own === null || other === null) return "cross-origin";
  if (own.hostname === other.hostname && own.protocol !== other.protocol) return "scheme-mismatch";
  if (isLocal(other.hostname) || isStaging(other.hostname)) return "local-host";
  if (own.hostname !== other.hostname && withoutWww(own.hostname) === withoutWww(other.hostname)) {
    return "www-mismatch";
  }
  return "cross-origin";
}

const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|lan|home|test|invalid)$/;
const PRIVATE_ADDRESS =
  /^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|\[)/;
const STAGING_NAME =
  /(?:^|[.-])(?:stage|staging|dev|develop|preview|preprod|qa|uat|sandbox|beta)(?:\d*[.-])/;
const PLATFORM =
  /\.(?:vercel\.app|netlify\.app|pages\.dev|workers\.dev|herokuapp\.com|azurewebsites\.net|ngrok\.io|ngrok-free\.app|onrender\.com|fly\.dev|web\.app)$/;

/** Whether a host is on this machine or in a private network. */
function isLocal(host: string): boolean {
  return LOCAL_NAME.test(host) || PRIVATE_ADDRESS.test(host) || !host.includes(".");
}

function isStaging(host: string): boolean {
  return STAGING_NAME.test(host) || PLATFORM.test(host);
}

import type { FeatureVocabulary, Told } from "../../pipeline/vocabulary.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";

type About = Told<CanonicalRedirectPolicy>;

/** The meaning of the reasons of the canonical redirect. */
export const canonicalRedirectVocabulary = {
  actions: { redirect: { did: "redirected", would: "would be redirected", leads: true } },
  none: { name: "stay", says: "not redirected" },
  reasons: {
    method: { says: "only GET and HEAD are redirected" },
    "agent-not-verified": {
      says: notVerified,
      todo: "That is intended: a User-Agent proves nothing. Use --verified to see the rest.",
    },
    "agent-not-in-audience": {
      says: notInAudience,
      todo: "To redirect it, name it in canonicalRedirect.agents.",
    },
    "in-audience": { says: "the rule redirects this agent, so the proxy reads the page" },
    status: {
      says: "the origin server's status is not 200",
      todo: "The proxy sends a redirect or an error of the origin server as it is.",
    },
    "not-html": {
      says: "the response is not HTML, and no map of the rule matches its address",
      todo: "For other content, write canonicalRedirect.maps.",
    },
    "no-canonical": {
      says: "the page names no canonical, neither in its head nor in a Link field",
      todo: 'Put <link rel="canonical" href="…"> into its head, or write a map.',
    },
    "canonical-empty": {
      says: "the page's canonical link has an empty address",
      todo: "Write the address of the current page into its href.",
    },
    "canonical-invalid": {
      says: "the page's canonical is not an http or https address",
      todo: "Correct the href of its canonical link.",
    },
    "canonical-placeholder": {
      says: "the page's canonical is a placeholder that a template has not filled in",
      todo: "Correct the template.",
    },
    "canonical-fragment": {
      says: "the page's canonical is a fragment of an app (#! or #/), which no server sees",
      todo: "Give the page an address of its own.",
    },
    "canonical-first-page": {
      says: "the page is a later one of a series, and its canonical is an earlier one",
      todo: "Make each page of the series its own canonical.",
    },
    "canonical-other-language": {
      says: "the page's canonical is the page in another language",
      todo: "Make each language its own canonical.",
    },
    "scan-cut": {
      says: ({ policy }) =>
        `the scan was cut after ${policy.maxScan} bytes (maxScan); the head names no canonical so far`,
      todo: "Put the canonical further up in the head, or raise canonicalRedirect.maxScan.",
    },
    "canonicals-conflict": {
      says: "the page names several different canonicals",
      todo: "Name only one canonical in its head and Link fields.",
    },
    "canonical-cross-origin": {
      says: ({ detail }) => `the page's canonical is on another site${named(detail["named"])}`,
      todo: "If that is another name of this site, list it in equivalents.",
    },
    "canonical-is-self": { says: "the page is its own canonical" },
    canonical: { is: "done", says: destination },
    "canonical-remembered": {
      is: "done",
      says: (told) => `${destination(told)}, as an earlier response showed`,
    },
    "came-from-canonical": {
      says: "the crawler comes from the canonical (Referer), so it is not redirected back",
    },
    "canonical-loop": {
      says: "the canonicals of several pages form a loop",
      todo: "Make one of the pages its own canonical.",
    },
    "canonical-leads-back": {
      says: "the origin server redirects the canonical back to this page",
      todo: "Correct either the canonical or the origin server's redirect.",
    },
    "canonical-chain-too-long": {
      says: ({ policy }) => `more than ${policy.maxChain} canonicals in a row (maxChain)`,
      todo: "Name the last version as the canonical of all, or raise maxChain.",
    },
    "canonical-target-missing": {
      says: "the canonical page is gone (404 or 410)",
      todo: "Correct the canonical link.",
    },
    "canonical-target-unfit": {
      says: ({ detail }) => `the canonical is no page to redirect to${why(detail["why"])}`,
      todo: "Correct the canonical link, or the page that it names.",
    },
    "canonical-target-unknown": {
      says: "nothing is known about the canonical yet; the proxy requests it for the next visit",
    },
    "canonical-shared": {
      says: "many unlike pages name this canonical, so the redirect only observes (valve)",
      todo: "Correct the template, or raise canonicalRedirect.valve.",
    },
    "no-content": {
      says: "the response to HEAD has no content to read, and no Link field names a canonical",
      todo: "Send a GET request.",
    },
  },
} as const satisfies FeatureVocabulary<CanonicalRedirectPolicy>;

/** The reasons of the canonical redirect. */
export type CanonicalRedirectReason = keyof typeof canonicalRedirectVocabulary.reasons;

function notVerified({ agent, policy }: About): string {
  const asks = `the rule requires ${policy.agents.evidence}`;
  switch (agent.kind) {
    case "anonymous":
      return `nothing in the request names a known crawler; ${asks}`;
    case "claimed":
      return `nothing proves the agent's claim; ${asks}`;
    case "invalid":
      return `the signature was refuted (${agent.reason}); ${asks}`;
    case "verified":
      return `the agent is known by ${agent.evidence}; ${asks}`;
  }
}

function notInAudience({ agent, policy }: About): string {
  const bot = agent.kind === "verified" ? agent.bot : undefined;
  if (bot === undefined) return "the agent is proven, but no bot table lists it";
  const { behaviour, exceptBehaviour, category } = policy.agents;
  const spared = bot.behaviours.filter((each) => exceptBehaviour.includes(each));
  if (spared.length > 0) {
    return `${bot.name} does ${spared.join(" and ")}, which the rule exempts`;
  }
  if (!bot.behaviours.some((each) => behaviour.includes(each))) {
    const does = bot.behaviours.length === 0 ? "none of these" : bot.behaviours.join(" and ");
    return `${bot.name} does ${does}; the rule redirects ${behaviour.join(" or ")}`;
  }
  return `${bot.name} is of category ${bot.category}; the rule redirects ${(category ?? []).join(" or ")}`;
}

function named(address: string | undefined): string {
  return address === undefined ? "" : `: ${address}`;
}

/** The kind of a target to which the proxy does not redirect. */
const UNFIT: Readonly<Record<string, string>> = {
  "not-ok": "its status is not 200",
  "not-indexed": "it asks not to be indexed (noindex)",
  "error-page": "it has the content of addresses that do not exist",
  "redirects-elsewhere": "it redirects to another page",
  unreadable: "it can't be read",
};

function why(unfit: string | undefined): string {
  return unfit === undefined ? "" : `: ${UNFIT[unfit] ?? unfit}`;
}

function destination({ detail }: About): string {
  const from = {
    map: "a map of the rule",
    "link-field": "its Link field",
    "meta-refresh": "its meta refresh",
  };
  const source = from[detail["source"] as keyof typeof from] ?? "its canonical link";
  return `to ${detail["to"] ?? "its canonical"}, which ${source} names`;
}

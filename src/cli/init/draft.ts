import type { Commented, CommentedMember } from "./commented-json.ts";
import { plainObject } from "./commented-json.ts";
import { draftRules } from "./draft-rules.ts";
import { count } from "../remarks.ts";
import type { SiteSurvey } from "./survey.ts";

/** The facts that no look at a site tells. */
interface DraftOptions {
  /** The path of the rules' schema from the file, if it is near. */
  readonly schema: string | undefined;
}

/** Drafts a rules file for a site, in which each feature only observes. */
export function draftFile(survey: SiteSurvey, { schema }: DraftOptions): CommentedMember[] {
  return [
    ...(schema === undefined ? [] : [{ key: "$schema", value: schema }]),
    ...originMembers(survey),
    ...agentMembers(survey),
    ...signalMembers(survey),
    robotsMember(survey),
    {
      key: "defaults",
      why: 'Every feature decides and records, and changes nothing: see the log, the dashboard and wayleave explain. To switch a feature on, write true instead of "observe", or "mode": "enforce".',
      value: { members: defaultMembers(survey) },
    },
    {
      key: "rules",
      why: "For each feature, the first rule that matches and mentions it decides.",
      value: draftRules(survey),
    },
  ];
}

function originMembers({ isLocal, origin, publicOrigin }: SiteSurvey): CommentedMember[] {
  const address: CommentedMember = isLocal
    ? { key: "origin", value: origin, why: "The origin server: the address that was read." }
    : {
        key: "origin",
        value: "https://origin.example.com",
        why: "The address of your server behind the proxy, which can't be seen from outside; or pass it by --origin.",
        isProposal: true,
      };
  if (publicOrigin === undefined) {
    const why =
      "The site's address as clients see it; neither its canonicals nor its sitemap nor robots.txt name one.";
    const key = "publicOrigin";
    return [address, { key, value: "https://www.example.com", why, isProposal: true }];
  }
  const { from } = publicOrigin;
  const source =
    from === "address"
      ? "the address that was read"
      : `its ${from} ${from.endsWith("s") ? "name" : "names"} it`;
  return [
    address,
    {
      key: "publicOrigin",
      value: publicOrigin.origin,
      why: `The site's address as clients see it: ${source.replace("its robots.txt", "robots.txt")}.`,
    },
  ];
}

function agentMembers({ publicOrigin }: SiteSurvey): CommentedMember[] {
  if (publicOrigin?.origin.startsWith("https:") !== true) return [];
  return [
    {
      key: "agents",
      value: plainObject({ trustedProxyHops: 1 }),
      why: "On Node, one server in front does TLS and names the client. wayleave doctor says if the number fits the requests that arrive.",
    },
  ];
}

function signalMembers({ robots }: SiteSurvey): CommentedMember[] {
  if (robots.signals !== undefined) {
    return [
      {
        key: "signals",
        value: plainObject({ mode: "observe", ...robots.signals }),
        why: "The permitted uses of content that robots.txt states, which responses would state, too.",
      },
    ];
  }
  return [
    {
      key: "signals",
      value: plainObject({ mode: "observe", search: true, aiInput: true, aiTrain: false }),
      why: "Which uses of the content you permit: robots.txt states none, so this is yours to decide.",
      isProposal: true,
    },
  ];
}

function robotsMember({ robots }: SiteSurvey): CommentedMember {
  return {
    key: "robots",
    value: "observe",
    why: robots.isThere
      ? 'With "merge", robots.txt would also say what the rules below enforce; the lines of yours stay.'
      : 'The site has no robots.txt. With "merge", there would be one that says what the rules below enforce.',
  };
}

function defaultMembers(survey: SiteSurvey): CommentedMember[] {
  return [
    { key: "documents", value: "observe", why: aboutDocuments(survey) },
    { key: "canonicalRedirect", value: redirectValue(survey), why: aboutCanonicals(survey) },
    { key: "markdown", value: markdownValue(survey), why: aboutMarkdown(survey) },
    {
      key: "compression",
      value: plainObject({ mode: "observe", dictionary: true }),
      why: aboutCompression(survey),
    },
    { key: "cache", value: "observe", why: aboutCache(survey) },
  ];
}

function aboutDocuments({ sitemap, hasLlmsTxt }: SiteSurvey): string {
  if (hasLlmsTxt) return "The site has its own /llms.txt, which takes precedence.";
  if (sitemap === undefined) {
    return 'No sitemap was found, so /llms.txt would list the pages to which links lead from the home page; "sitemap": true at the top of the rules would serve a sitemap of them.';
  }
  return `/llms.txt would list what ${sitemap.path} lists: ${count(sitemap.pages, "page")}.`;
}

function redirectValue({ front }: SiteSurvey): Commented {
  if (front === undefined) return "observe";
  return plainObject({ mode: "observe", sharedCaches: "bypass" });
}

function aboutCanonicals({ pages, front }: SiteSurvey): string {
  const named = pages.filter(({ canonical }) => canonical.kind === "elsewhere");
  const unnamed = pages.filter(
    ({ canonical }) => canonical.kind === "stays" && canonical.reason === "no-canonical",
  );
  const targets = new Set(
    named.map(({ canonical }) => (canonical.kind === "elsewhere" ? canonical.to : "")),
  );
  const parts = [
    `Read: ${count(pages.length, "page")}; with another page as canonical: ${named.length}; without a canonical: ${unnamed.length}.`,
    ...(named.length > 2 && targets.size === 1
      ? ["All of them name the same page, which is a fault of a template: see wayleave canonicals."]
      : []),
    ...(front === undefined
      ? []
      : [
          `If ${front} stays in front of the proxy, it must not serve these redirects to others, hence "bypass".`,
        ]),
  ];
  return parts.join(" ");
}

function markdownValue({ framework }: SiteSurvey): Commented {
  const ignore = framework?.boilerplate ?? [];
  return ignore.length === 0 ? "observe" : plainObject({ mode: "observe", ignore });
}

function aboutMarkdown({ pages, hasMarkdown, framework }: SiteSurvey): string {
  const scripted = pages.filter(({ isScriptOnly }) => isScriptOnly);
  const parts = [
    hasMarkdown
      ? "The site sends markdown itself, which takes precedence."
      : "Each page would also be there as markdown, by Accept and as index.md.",
    ...(scripted.length > 0
      ? [
          `Pages that scripts write: ${scripted.length} of ${pages.length}. Their markdown would only say so: let the server render them.`,
        ]
      : []),
    ...((framework?.boilerplate.length ?? 0) > 0
      ? [`${framework?.name} puts these elements around the text.`]
      : []),
  ];
  return parts.join(" ");
}

function aboutCompression({ coding, bundles }: SiteSurvey): string {
  const today =
    coding === undefined
      ? "The home page is not compressed today."
      : `The home page is in ${coding} today.`;
  const hosts = bundles.elsewhere;
  const others =
    hosts.length === 0
      ? ""
      : ` Scripts or styles from ${hosts.slice(0, 3).join(", ")}${hosts.length > 3 ? " and others" : ""} don't pass the proxy.`;
  return `${today} The automatic mode finds files of which clients have an older version.${others}`;
}

function aboutCache({ cookies, pages }: SiteSurvey): string {
  const set = [...cookies].slice(0, 5).map(([name, count]) => `${name} (${count})`);
  const general = "Public responses would be reused while they are fresh.";
  if (set.length === 0) return `${general} No page that was read set a cookie.`;
  return `${general} A response that sets a cookie is never stored; of ${count(pages.length, "page")} read, so many set these: ${set.join(", ")}.`;
}

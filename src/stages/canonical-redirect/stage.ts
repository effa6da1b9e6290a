import { parseLinks } from "../../http/link.ts";
import { fromMarkdownTarget, toMarkdownUrl } from "../../http/markdown-url.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import { urlOfTarget } from "../../http/target.ts";
import type { FinalOutcome, Stage } from "../../pipeline/stage.ts";
import { decideAudience, decideRedirect, type CanonicalLink } from "./decide.ts";
import { HeadScanner } from "./head-scan.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";

/** What the stage needs from outside. */
export interface CanonicalRedirectOptions {
  /** The origin server's own origin, which canonical links may name by mistake. */
  readonly originServer?: string | undefined;
}

/** Sends verified training crawlers to the page that the site itself calls canonical (RFC 6596). */
export function canonicalRedirect({
  originServer,
}: CanonicalRedirectOptions): Stage<CanonicalRedirectPolicy> {
  return {
    name: "canonical-redirect",
    feature: "canonicalRedirect",
    // Identity never goes into Vary: the redirect is `private, no-store` instead.
    varyOn: [],

    onRequest({ method, agent }, policy) {
      if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
      const audience = decideAudience(agent, policy.agents);
      if (audience.kind === "ineligible") return audience;
      return { kind: "forward", reason: "in-audience", reads: true };
    },

    onResponse({ status, fields, hasContent }, { url, target, originTarget }, policy) {
      if (status !== 200) return { kind: "ineligible", reason: "status" };
      const type = parseMediaType(fields.get("content-type"));
      if (!isHtml(type)) return { kind: "ineligible", reason: "not-html" };
      const named = parseLinks(fields.get("link")).filter(({ rel }) => rel.includes("canonical"));
      // Asked for as /index.md: it is the page behind it that names a canonical.
      const page = urlOfTarget(url.origin, originTarget);
      const decide = (links: readonly CanonicalLink[]): FinalOutcome => {
        const decision = decideRedirect(page, links, originServer);
        if (decision.kind === "declined") return decision;
        const isMarkdown = fromMarkdownTarget(target) !== undefined && originTarget !== target;
        return redirect(policy.status, isMarkdown ? toMarkdownUrl(decision.to) : decision.to);
      };
      if (!hasContent) return decide(named);
      const scanner = new HeadScanner(type?.charset);
      return {
        kind: "scan",
        maxBytes: policy.maxScan,
        see(piece, at) {
          if (!scanner.push(piece) && at === "open") return undefined;
          return decide([...named, ...scanner.links()]);
        },
      };
    },
  };
}

function redirect(status: number, location: string): FinalOutcome {
  return {
    kind: "respond",
    reason: "canonical",
    response: {
      status,
      fields: [
        ["location", location],
        ["cache-control", "private, no-store"],
      ],
      content: null,
    },
  };
}

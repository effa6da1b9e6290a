import { type Agent, botOf } from "../../agent/agent.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import { privateFields } from "../../http/cache-control.ts";
import { splitList } from "../../http/list.ts";
import { ROBOTS } from "../../http/known-paths.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { ContentCheck } from "../../pipeline/content-check.ts";
import { isPublicDocument, mayBeSitemap } from "../../http/public-documents.ts";
import { splitTarget } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Awaitable, RequestOutcome, Stage } from "../../pipeline/stage.ts";
import { andThen } from "../../timing/and-then.ts";
import { decideAccess, type AccessDecision } from "./decide.ts";
import type { AccessPolicy } from "./policy.ts";
import type { AccessReason } from "./reasons.ts";
import { newNonce, refusal } from "./refusal.ts";
import { PublicSitemaps, type DocumentParts } from "./sitemaps.ts";
import { DisplayString, serializeItem, Token } from "structured-headers";

type AccessParts = DocumentParts & Partial<Pick<FeatureParts, "requiresNonce">>;

/** Requires a signature if a rule does, and names the agent to the origin server. */
export function access(parts: AccessParts): Stage<AccessPolicy, AccessReason> {
  const { policies, requiresNonce = false } = parts;
  const sitemaps = new PublicSitemaps(parts);
  /** Whether the request is for a document that rules refuse to nobody, unless they name it. */
  const isSpared = (exchange: Exchange, mode: AccessPolicy["mode"]): Awaitable<boolean> => {
    const { method, target } = exchange;
    if (method !== "GET" && method !== "HEAD") return false;
    const isKnown = isPublicDocument(target);
    // A rule that only observes causes no request to the origin server.
    const mayAsk = mode === "enforce" && mayBeSitemap(splitTarget(target).path);
    if ((!isKnown && !mayAsk) || policies.isNamed(KEY, exchange)) return false;
    return isKnown || sitemaps.has(exchange);
  };

  // Identity never goes into Vary: a challenge is `private, no-store` instead.
  return {
    onRequest(exchange, policy) {
      const { agent } = exchange;
      const decision = decide(exchange, policy);
      if (decision.kind === "allow") {
        if (decision.reason === "evidence-suffices") checkContent(exchange, policy, requiresNonce);
        return admit(decision.reason, agent, policy);
      }
      return andThen(isSpared(exchange, policy.mode), (spared) =>
        spared
          ? admit("public-document", agent, policy)
          : refuse(decision, exchange, requiresNonce),
      );
    },

    onResponse({ status, fields }, exchange, policy) {
      const { action, sharedCaches } = policy;
      const isSparedHere = action === "challenge" && decide(exchange, policy).kind !== "allow";
      // Many origin servers send a page at any path; the paths of documents must not open it.
      if (
        isSparedHere &&
        status < 300 &&
        !isDocument(fields.get("content-type"), exchange.target)
      ) {
        const decision = { kind: "challenge", reason: "no-document" } as const;
        return refuse(decision, exchange, requiresNonce);
      }
      const isForSome = action === "challenge" && !isSparedHere;
      if (isForSome && sharedCaches === "bypass" && CACHED.has(status)) {
        return { kind: "amend", reason: "shared-caches", fields: { set: privateFields(fields) } };
      }
      // Caches in front of the proxy do not see Wayleave-Agent, and so no variants.
      const names = splitList(fields.get("vary") ?? "").map((name) => name.toLowerCase());
      return names.includes(AGENT_FIELD)
        ? { kind: "amend", reason: "varies-on-agent", fields: { set: privateFields(fields) } }
        : { kind: "declined", reason: "same-for-all" };
    },
  };
}

function decide({ agent, target }: Exchange, policy: AccessPolicy): AccessDecision {
  return decideAccess(agent, splitTarget(target).path, policy);
}

/** The key of the feature. */
export const KEY = "access";

/** The types of robots.txt, sitemaps, llms.txt and security.txt. */
const DOCUMENT_TYPES = new Set([
  "text/plain",
  "text/markdown",
  "text/xml",
  "application/xml",
  "application/rss+xml",
  "application/atom+xml",
  "application/gzip",
  "application/x-gzip",
]);

/** Whether a response is a document and no page; some servers give robots.txt no type. */
function isDocument(contentType: string | undefined, target: string): boolean {
  const type = parseMediaType(contentType)?.essence;
  if (type === undefined) return target === ROBOTS;
  // Some servers know no type for a packed sitemap.
  return (
    DOCUMENT_TYPES.has(type) || (type === "application/octet-stream" && target.endsWith(".gz"))
  );
}

/** Refuses a request whose identification failed, if the rule's `onError` says so. */
export function refuseAfterFailure(
  exchange: Exchange,
  { action, onError }: AccessPolicy,
): RequestOutcome<AccessReason> | undefined {
  return action === "allow" || onError === "allow"
    ? undefined
    : refuse({ kind: "challenge", reason: "failed-closed" }, exchange);
}

/** Statuses of a page, or a part of it, that a cache could send to other clients. */
const CACHED = new Set([200, 206, 304]);

function refuse(
  { kind, reason }: Exclude<AccessDecision, { kind: "allow" }>,
  exchange: Exchange,
  requiresNonce = false,
): Extract<RequestOutcome<AccessReason>, { kind: "respond" }> {
  const nonce = requiresNonce ? newNonce() : undefined;
  const { agent } = exchange;
  const response = refusal(kind, { agent, accept: exchange.field("accept"), nonce });
  return { kind: "respond", reason, response };
}

/** Has the content compared with the digests that the agent's signature covers. */
function checkContent(exchange: Exchange, { mode }: AccessPolicy, requiresNonce: boolean): void {
  const { agent } = exchange;
  if (mode !== "enforce" || agent.kind !== "verified" || agent.digests === undefined) return;
  exchange.contentCheck = new ContentCheck(agent.digests, () => {
    exchange.agent = { kind: "invalid", bot: agent.bot, reason: "content-digest-mismatch" };
    return refuse({ kind: "challenge", reason: "no-evidence" }, exchange, requiresNonce).response;
  });
}

function admit(
  reason: AccessReason,
  agent: Agent,
  { forwardAgent, sharedCaches }: AccessPolicy,
): RequestOutcome<AccessReason> {
  if (forwardAgent) return { kind: "forward", reason, set: [[AGENT_FIELD, formatAgent(agent)]] };
  // The stage sees the response only if it may have to refuse it, or to make it private.
  const isSeen = sharedCaches === "bypass" || reason === "public-document";
  return { kind: isSeen ? "declined" : "ineligible", reason };
}

/** The field that names the agent to the origin server; a client's own is never forwarded. */
const AGENT_FIELD = "wayleave-agent";

/**
 * The agent as an Item (RFC 9651 §3.3): the verdict as Token, the known facts as parameters, e.g.
 * `verified;name="GPTBot";operator="OpenAI";category="AI Crawler";evidence=signature`.
 */
export function formatAgent(agent: Agent): string {
  const params = new Map<string, string | Token | DisplayString>();
  const bot = agent.kind === "invalid" ? agent.bot : botOf(agent);
  if (bot !== undefined) {
    params.set("name", text(bot.name));
    params.set("operator", text(bot.operator));
    params.set("category", text(bot.category));
  }
  if (agent.kind === "claimed") params.set("evidence", new Token("claim"));
  if (agent.kind === "verified") {
    params.set("evidence", new Token(agent.evidence));
    if (agent.signatureAgent) params.set("agent", text(agent.signatureAgent));
    if (agent.reason !== undefined) params.set("reason", new Token(agent.reason));
  }
  if (agent.kind === "invalid") params.set("reason", new Token(agent.reason));
  return serializeItem([new Token(agent.kind), params]);
}

/** A String has ASCII only (RFC 9651 §3.3.3). */
function text(value: string): string | DisplayString {
  return /^[\x20-\x7e]*$/.test(value) ? value : new DisplayString(value);
}

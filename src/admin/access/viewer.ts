import type { OutsideServices } from "../../feature/parts.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { AdminRules } from "../../rules/admin-schema.ts";
import { decideBearer } from "../bearer.ts";
import { decideBrowserLoad, type LoadRefusal } from "./browser-load.ts";
import { ACCESS_FIELD, cloudflareAccess, type VerifyAccess } from "./cloudflare-access.ts";
import type { Session, Sessions } from "./session.ts";

/** Somebody who may see the operator's pages. Only the holder of the token may change anything. */
export type Viewer =
  | { readonly kind: "token" }
  | { readonly kind: "session"; readonly session: Session }
  /** A user of Cloudflare Access, or of a proxy that authenticates. */
  | { readonly kind: "user"; readonly name: string };

/** The verdict on a request for one of the operator's pages. */
export type ViewerVerdict =
  | { readonly kind: "granted"; readonly viewer: Viewer }
  | { readonly kind: "refused"; readonly reason: "no-login" | "token-invalid" | LoadRefusal };

/** Decides who sends a request. Never rejects. */
export type DecideViewer = (exchange: Exchange) => Promise<ViewerVerdict>;

interface ViewerOptions {
  readonly adminToken: string;
  readonly sessions: Sessions;
  readonly rules: AdminRules;
  readonly trustedProxyHops: number;
  /** @default none, so that Cloudflare Access opens nothing */
  readonly services: OutsideServices | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly onInvalid: (reason: string) => void;
}

/** Creates the decision by the token, the cookie, Cloudflare Access, or a proxy in front. */
export function viewerDecider(options: ViewerOptions): DecideViewer {
  const { adminToken, sessions, rules, services, now } = options;
  const application = rules.cloudflareAccess;
  const verify = application && services && cloudflareAccess(application, { services, now });
  return async (exchange) => {
    const bearer = decideBearer(exchange.field("authorization"), adminToken);
    if (bearer === "valid") return { kind: "granted", viewer: { kind: "token" } };
    const viewer =
      (await sessionOf(exchange, sessions)) ??
      (await accessUser(exchange, verify, options.onInvalid)) ??
      proxyUser(exchange, options);
    if (viewer === undefined) {
      return { kind: "refused", reason: bearer === "invalid" ? "token-invalid" : "no-login" };
    }
    // The browser sends all of these by itself, also for a script of the site.
    const refusal = decideBrowserLoad(exchange.method, (name) => exchange.field(name));
    return refusal === undefined
      ? { kind: "granted", viewer }
      : { kind: "refused", reason: refusal };
  };
}

async function sessionOf(exchange: Exchange, sessions: Sessions): Promise<Viewer | undefined> {
  const session = await sessions.find(exchange.field("cookie"));
  return session && { kind: "session", session };
}

async function accessUser(
  exchange: Exchange,
  verify: VerifyAccess | undefined,
  onInvalid: ViewerOptions["onInvalid"],
): Promise<Viewer | undefined> {
  const token = exchange.field(ACCESS_FIELD);
  if (verify === undefined || token === undefined) return undefined;
  const verdict = await verify(token);
  if (verdict.kind === "valid") return { kind: "user", name: verdict.user };
  onInvalid(verdict.reason);
  return undefined;
}

/** The user that a proxy in front names; without a trusted proxy, any client could write the field. */
function proxyUser(
  exchange: Exchange,
  { rules: { authProxy }, trustedProxyHops }: ViewerOptions,
): Viewer | undefined {
  if (authProxy === undefined || trustedProxyHops < 1) return undefined;
  const name = exchange.field(authProxy.field.toLowerCase());
  return name !== undefined && authProxy.users.includes(name) ? { kind: "user", name } : undefined;
}

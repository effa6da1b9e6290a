import type { OurDocument } from "../pipeline/own-documents.ts";
import type { OutsideServices } from "../feature/parts.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { Awaitable, OwnResponse } from "../pipeline/stage.ts";
import type { AdminRules } from "../rules/admin-schema.ts";
import type { Log } from "../telemetry/log.ts";
import { LoginAttempts } from "./access/attempts.ts";
import { HOME, login, LOGIN, logout, LOGOUT, refuseViewer } from "./access/login.ts";
import { Sessions, type Session } from "./access/session.ts";
import { viewerDecider, type DecideViewer, type Viewer } from "./access/viewer.ts";
import { guarded, seeOther } from "./page.ts";
import { ICON, STYLE } from "./dashboard/style.ts";

/** State of logins that outlives a change of the rules. */
export interface LoginState {
  readonly sessions: Sessions;
  readonly attempts: LoginAttempts;
}

/** Tells other processes of logins, and is told of theirs. */
export interface LoginNews {
  tell(news: string, data: unknown): unknown;
  on(news: string, take: (data: never) => unknown): void;
}

/**
 * @param now seconds since the epoch
 * @param news of other processes, where the same wrong tokens and logouts count @default none
 */
export function loginState(adminToken: string, now: () => number, news?: LoginNews): LoginState {
  const sessions = new Sessions(adminToken, now, (session) => news?.tell("logout", session));
  const attempts = new LoginAttempts(now, (client) => news?.tell("login-refused", client));
  news?.on("logout", (session: Session) => sessions.ended(session));
  // The pipe has null for an address that is not known.
  news?.on("login-refused", (client: string | null) => attempts.count(client ?? undefined));
  return { sessions, attempts };
}

/** A page that only viewers get. */
export type ViewerPage = (exchange: Exchange, viewer: ShownViewer) => Awaitable<OwnResponse>;

/** A viewer, as a page shows him. */
export interface ShownViewer {
  readonly kind: Viewer["kind"];
  /** The name of a user of another login. */
  readonly name?: string;
  /** The text that the logout form of a session sends. */
  readonly form?: string;
}

interface OperatorPagesOptions extends LoginState {
  readonly adminToken: string;
  readonly rules: AdminRules;
  readonly trustedProxyHops: number;
  readonly services: OutsideServices | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** The dashboard's pages, tables and charts, by path. */
  readonly dashboard: Iterable<readonly [path: string, page: ViewerPage]>;
}

/** The operator's pages, by path, and the decision on the clients that get them. */
export interface OperatorPages {
  readonly decideViewer: DecideViewer;
  readonly pages: readonly (readonly [path: string, page: OurDocument])[];
}

/** Creates the operator's pages. They exist only with a token. */
export function operatorPages(options: OperatorPagesOptions): OperatorPages {
  const { log } = options;
  const decideViewer = viewerDecider({
    ...options,
    onInvalid: (reason) => log.warn("access-token-invalid", { reason }),
  });
  const forViewers = (make: ViewerPage): OurDocument => ({
    owner: "ours",
    make: async (exchange) => {
      const verdict = await decideViewer(exchange);
      if (verdict.kind === "refused") return refuseViewer(exchange, verdict.reason);
      const { viewer } = verdict;
      const form = viewer.kind === "session" && (await options.sessions.formToken(viewer.session));
      return make(exchange, { ...viewer, ...(form !== false && { form }) });
    },
  });
  const form = (make: typeof login): OurDocument => ({
    owner: "ours",
    methods: ["GET", "HEAD", "POST"],
    make: (exchange) => (exchange.method === "POST" ? make(exchange, options) : seeOther(HOME)),
  });
  // Without data: the login form needs them, too.
  const files = [
    ["/.wayleave/style.css", guarded("text/css; charset=utf-8", STYLE)],
    ["/.wayleave/icon.svg", guarded("image/svg+xml", ICON)],
  ] as const;
  return {
    decideViewer,
    pages: [
      [LOGIN, form(login)],
      [LOGOUT, form(logout)],
      ...files.map(([path, file]) => [path, { owner: "ours", make: () => file }] as const),
      ...Array.from(options.dashboard, ([path, make]) => [path, forViewers(make)] as const),
    ],
  };
}

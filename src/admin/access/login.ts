import { html } from "hono/html";
import { isSameSecret } from "../../http/same-secret.ts";
import { parseMediaType } from "../../http/media-type.ts";
import { prefersHtml, problem, type ProblemName } from "../../http/problem.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { OwnResponse } from "../../pipeline/stage.ts";
import type { Log } from "../../telemetry/log.ts";
import { page, seeOther } from "../page.ts";
import type { LoginAttempts } from "./attempts.ts";
import { isOwnForm, needsTls } from "./browser-load.ts";
import { setCookie, type Sessions } from "./session.ts";
import type { ViewerVerdict } from "./viewer.ts";

export const HOME = "/.wayleave/";
export const LOGIN = "/.wayleave/login";
export const LOGOUT = "/.wayleave/logout";

/** Bytes of a form, at most. */
const MAX_FORM = 4096;

export interface LoginOptions {
  readonly adminToken: string;
  readonly sessions: Sessions;
  readonly attempts: LoginAttempts;
  readonly log: Log;
}

type LoginFault = "form" | "token" | "wait" | "no-fetch-metadata";

const FAULTS: Readonly<Record<LoginFault, readonly [ProblemName, string]>> = {
  form: ["access-refused", "Another page has sent this form. Enter the token here instead."],
  token: ["token-required", "This is not the token."],
  wait: ["too-many-requests", "Too many wrong tokens. Try again later."],
  "no-fetch-metadata": [
    "access-refused",
    "Your browser does not say where the form comes from. Use https, or an address of this machine such as 127.0.0.1, and a current browser.",
  ],
};

/** Responds to the login form: with a cookie, or with the form again. */
export async function login(exchange: Exchange, options: LoginOptions): Promise<OwnResponse> {
  const { adminToken, sessions, attempts, log } = options;
  const field = (name: string) => exchange.field(name);
  const refuse = (fault: LoginFault, more: OwnResponse["fields"] = []) => {
    exchange.record?.refused(FAULTS[fault][0], "endpoint");
    // Only these are as few as the limit of attempts, and can't fill the log.
    if (fault === "token") log.warn("login-refused", {});
    return loginPage({ fault, more });
  };
  if (field("sec-fetch-site") === undefined) return refuse("no-fetch-metadata");
  if (!isOwnForm(field)) return refuse("form");
  const form = await formOf(exchange);
  // In one turn with the count, so that attempts at the same time are as few as others.
  const wait = attempts.wait(exchange.clientAddress);
  if (wait !== undefined) return refuse("wait", [["retry-after", String(wait)]]);
  const given = form?.get("token")?.trim() ?? "";
  if (!isSameSecret(given, adminToken)) {
    await attempts.failed(exchange.clientAddress);
    return refuse("token");
  }
  log.info("login", {});
  const cookie = setCookie(await sessions.begin(), needsTls(field("origin")));
  return seeOther(HOME, [["set-cookie", cookie]]);
}

/** Responds to the logout form, which only a page of this session can send. */
export async function logout(exchange: Exchange, options: LoginOptions): Promise<OwnResponse> {
  const { sessions } = options;
  const session = await sessions.find(exchange.field("cookie"));
  const given = (await formOf(exchange))?.get("form") ?? "";
  const isAllowed =
    session !== undefined &&
    isOwnForm((name) => exchange.field(name)) &&
    (await sessions.isFormToken(session, given));
  if (session !== undefined && !isAllowed) {
    exchange.record?.refused("access-refused", "endpoint");
    return problem("access-refused", FAULTS.form[1], exchange.field("accept"));
  }
  if (session !== undefined) await sessions.end(session);
  const isTls = needsTls(exchange.field("origin"));
  return seeOther(HOME, [["set-cookie", setCookie(undefined, isTls)]]);
}

async function formOf(exchange: Exchange): Promise<URLSearchParams | undefined> {
  const type = parseMediaType(exchange.field("content-type"))?.essence;
  if (type !== "application/x-www-form-urlencoded") return undefined;
  const content = await exchange.content?.(MAX_FORM);
  return content && new URLSearchParams(new TextDecoder().decode(content));
}

/** RFC 6750 §3; browsers ignore it. */
const CHALLENGE = ["www-authenticate", 'Bearer realm="wayleave"'] as const;

/** Refuses one of the operator's pages: with the login form if a browser shows the response. */
export function refuseViewer(
  exchange: Exchange,
  reason: Extract<ViewerVerdict, { kind: "refused" }>["reason"],
): OwnResponse | Promise<OwnResponse> {
  const isLoad = reason !== "no-login" && reason !== "token-invalid";
  const name = isLoad ? "access-refused" : "token-required";
  exchange.record?.refused(name, "endpoint");
  const accept = exchange.field("accept");
  if (!isLoad && prefersHtml(accept)) {
    return loginPage({ isLinked: exchange.field("sec-fetch-site") === "cross-site" });
  }
  const detail = isLoad
    ? "With a login of the browser, only its own navigation to this page is answered, and only over https or on this machine. Programs send Authorization: Bearer."
    : "Send the proxy's ADMIN_TOKEN as Authorization: Bearer.";
  return problem(name, detail, accept, isLoad ? [] : [CHALLENGE]);
}

function loginPage(given: {
  readonly fault?: LoginFault;
  /** Another site has linked here, so that browsers send no cookie yet. */
  readonly isLinked?: boolean;
  readonly more?: OwnResponse["fields"];
}): Promise<OwnResponse> {
  const { fault, isLinked = false, more = [] } = given;
  const status = fault === "wait" ? 429 : fault === "token" || fault === undefined ? 401 : 403;
  const challenge = status === 401 ? [CHALLENGE] : [];
  const said = fault === undefined ? "" : FAULTS[fault][1];
  return page(
    { title: "Log in", status, more: [...challenge, ...more] },
    html`<main class="login">
      <h1>wayleave</h1>
      ${said === "" ? "" : html`<p class="fault" role="alert" id="fault">${said}</p>`}
      <form method="post" action="${LOGIN}">
        <label for="token">Token of the operator (<code>ADMIN_TOKEN</code>)</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus${said === "" ? "" : html` aria-describedby="fault" aria-invalid="true"`}
        />
        <button type="submit">Log in</button>
      </form>
      ${isLinked ? html`<p><a href="${HOME}">Continue</a> if you have logged in before.</p>` : ""}
    </main>`,
  );
}

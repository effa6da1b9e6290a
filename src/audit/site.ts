import { ROBOTS } from "../http/known-paths.ts";
import { urlOnOrigin } from "../http/target.ts";
import { sendFollowing } from "./follow.ts";
import { readAuditedPage, type AuditedPage } from "./page.ts";
import type { AuditReply, AuditRequest, AuditSend } from "./reply.ts";
import { readRobotsFacts, type RobotsFacts } from "./robots-facts.ts";

/** Bytes of content that are read of one response. */
const MAX_CONTENT = 2 * 1024 * 1024;

export const ACCEPT_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1";
export const ACCEPT_MARKDOWN = "text/markdown";
export const ACCEPT_JSON = "application/json, */*;q=0.1";

export interface GetOptions {
  readonly method?: "GET" | "HEAD";
  readonly accept?: string;
  /** Further request fields, or others instead of the usual ones, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the request again, though the audit has sent the same. @default false */
  readonly isFresh?: boolean;
  /** Returns a redirect instead of its target. @default false */
  readonly keepsRedirects?: boolean;
}

/** The site that is audited. Each request is sent once, if the site's robots.txt permits it. */
export interface AuditedSite {
  readonly origin: string;
  /** The URL of the home page. */
  readonly home: URL;
  /** The page that the audit was given, if that is not the home page. */
  readonly page: URL | undefined;
  readonly robots: RobotsFacts;
  readonly homeReply: Extract<AuditReply, { kind: "response" }>;
  readonly homePage: AuditedPage;
  /** @param target path and query, or a URL on the site */
  get(target: string, options?: GetOptions): Promise<AuditReply>;
  /** A request to another host, such as a name server. */
  getElsewhere(url: string, accept: string): Promise<AuditReply>;
}

/** An audit that can't begin. */
export class NoSite extends Error {
  override readonly name = "NoSite";
}

export interface OpenSiteOptions {
  readonly send: AuditSend;
  /** The fields of each request, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sends requests that robots.txt forbids. */
  readonly ignoresRobots: boolean;
}

/**
 * Reads the home page and robots.txt; follows redirects to the origin that the site has. Throws
 * NoSite if the home page can't be read.
 */
export async function openSite(
  start: URL,
  options: OpenSiteOptions,
): Promise<AuditedSite & { readonly redirectedFrom?: string }> {
  const { send, headers } = options;
  const request = requestOf(new URL("/", start).href, { accept: ACCEPT_HTML }, headers);
  const first = await sendFollowing(request, send, MAX_CONTENT, (to) => to.pathname.length < 2000);
  const reply = first.reply;
  if (reply.kind === "none") throw new NoSite(`${start.origin} can't be read: ${reply.message}`);
  if (reply.status < 200 || reply.status > 299) {
    throw new NoSite(`${reply.request.url} answers ${reply.status}; the audit needs a home page`);
  }
  const { origin } = new URL(reply.request.url);
  const robotsRequest = requestOf(origin + ROBOTS, { accept: "text/plain, */*;q=0.1" }, headers);
  const robotsReply = await sendFollowing(robotsRequest, send, MAX_CONTENT, () => true);
  const robots = await readRobotsFacts(robotsReply.reply);
  const site = createSite(origin, robots, reply, options, start);
  return origin === start.origin ? site : { ...site, redirectedFrom: start.origin };
}

function createSite(
  origin: string,
  robots: RobotsFacts,
  homeReply: AuditedSite["homeReply"],
  { send, headers, ignoresRobots }: OpenSiteOptions,
  start: URL,
): AuditedSite {
  const sent = new Map<string, Promise<AuditReply>>();
  const home = new URL(origin + "/");
  const isPage = start.pathname + start.search !== "/";
  const isOurs = (to: URL): boolean => to.origin === origin;
  const isAllowed = (to: URL): boolean =>
    ignoresRobots || to.pathname === ROBOTS || robots.ours.isAllowed(to.pathname + to.search);
  const get = async (target: string, getOptions: GetOptions): Promise<AuditReply> => {
    const url = target.startsWith("/") ? urlOnOrigin(target, home) : new URL(target);
    url.hash = "";
    const request = requestOf(url.href, getOptions, headers);
    if (!isOurs(url)) return none(request, "disallowed", "the address is on another origin");
    if (!isAllowed(url))
      return none(request, "disallowed", "robots.txt does not allow the audit to read it");
    const mayFollow = (to: URL): boolean =>
      getOptions.keepsRedirects !== true && isOurs(to) && isAllowed(to);
    return (await sendFollowing(request, send, MAX_CONTENT, mayFollow)).reply;
  };
  return {
    origin,
    home,
    page: isPage ? urlOnOrigin(start.pathname + start.search, home) : undefined,
    robots,
    homeReply,
    homePage: readAuditedPage(homeReply),
    get(target, getOptions = {}) {
      const { isFresh = false, ...rest } = getOptions;
      const key = JSON.stringify([target, rest]);
      const known = isFresh ? undefined : sent.get(key);
      if (known !== undefined) return known;
      const work = get(target, rest);
      if (!isFresh) sent.set(key, work);
      return work;
    },
    getElsewhere: (url, accept) => send(requestOf(url, { accept }, headers), MAX_CONTENT),
  };
}

function requestOf(
  url: string,
  { method = "GET", accept = "*/*", headers = {} }: GetOptions,
  common: Readonly<Record<string, string>>,
): AuditRequest {
  return { method, url, headers: { ...common, accept, ...headers } };
}

function none(request: AuditRequest, why: "disallowed", message: string): AuditReply {
  return { kind: "none", request, why, message };
}

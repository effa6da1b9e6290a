import { chromium, type BrowserContext, type Page } from "playwright-core";
import { programPath } from "../support/needs.ts";

/** One request as the browser has it. */
export interface Transfer {
  readonly url: string;
  /** Header fields and content as received. */
  readonly bytes: number | undefined;
  readonly failed: string | undefined;
}

/** A user of a browser, with storage of its own, and what it transferred. */
export interface Visitor {
  readonly page: Page;
  /** All transfers so far; the last of a URL counts. */
  last(url: string): Transfer | undefined;
  close(): Promise<void>;
}

/** Flags of the command line that all visitors use. */
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

type Draft = { -readonly [Key in keyof Transfer]: Transfer[Key] };

/** Chromium, for visitors that know nothing of each other. */
export interface VisitedBrowser {
  visit(): Promise<Visitor>;
  close(): Promise<void>;
}

/**
 * Starts Chromium (`CHROMIUM`, else the one on PATH) with an empty profile.
 *
 * @param flags of the command line, besides those that all tests use
 */
export async function startBrowser(flags: readonly string[] = []): Promise<VisitedBrowser> {
  const browser = await chromium.launch({
    executablePath: programPath("chromium") ?? "chromium",
    headless: true,
    args: [...FLAGS, ...flags],
  });
  return {
    visit: async () => visitorOf(await browser.newContext()),
    close: () => browser.close(),
  };
}

async function visitorOf(context: BrowserContext): Promise<Visitor> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const transfers = new Map<string, Draft>();
  const order: Draft[] = [];
  const of = (id: string): Draft => {
    let draft = transfers.get(id);
    if (draft === undefined) {
      draft = { url: "", bytes: undefined, failed: undefined };
      transfers.set(id, draft);
      order.push(draft);
    }
    return draft;
  };
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    of(requestId).url = request.url;
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    of(requestId).bytes = encodedDataLength;
  });
  session.on("Network.loadingFailed", ({ requestId, errorText }) => {
    of(requestId).failed = errorText;
  });
  return {
    page,
    last: (url) => order.findLast((each) => each.url === url),
    close: () => context.close(),
  };
}

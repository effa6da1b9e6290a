import { parseHttpDate } from "../../http/date.ts";
import { ROBOTS } from "../../http/known-paths.ts";
import { advise } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { isPageReply, textOf, type AuditReply } from "../reply.ts";
import { askAnew, cacheStateOf, inventTarget } from "./asked.ts";
import type { FurtherCheck } from "./further-check.ts";

const goal = "let crawlers see changes of robots.txt within a day";

/** Seconds for which a crawler may use its own copy (RFC 9309 §2.4). */
const DAY = 86_400;

export const cacheRobots: FurtherCheck = {
  id: "cacheRobots",
  title: "Fresh robots.txt",
  goal,
  async run(context) {
    const { site } = context;
    if (!site.robots.isFile) return notApplicable("the site has no robots.txt");
    const stored = await askAnew(context, ROBOTS, { accept: "text/plain" }, "as crawlers do");
    const address = inventTarget(ROBOTS, context.invent);
    const fresh = await askAnew(
      context,
      address,
      { accept: "text/plain" },
      "at an address that no cache has",
    );
    const found = isFile(stored) ? compareFiles(stored, fresh) : undefined;
    if (found === undefined)
      return { status: "pass", message: "no cache serves an old robots.txt" };
    if (found.kind === "doubt") return unableToCheck(found.message);
    const { message } = found;
    return {
      status: "fail",
      message,
      advice: advise(site, goal, {
        origin:
          "Send robots.txt with a short freshness, such as Cache-Control: max-age=3600, purge it in each cache in front after a change, and exclude it from rules that cache everything.",
      }),
    };
  },
};

type File = Extract<AuditReply, { kind: "response" }>;

function isFile(reply: AuditReply): reply is File {
  return reply.kind === "response" && reply.status === 200 && !isPageReply(reply);
}

/** A file that is certainly old, or one that differs for a reason that can't be seen from outside. */
interface Difference {
  readonly kind: "old" | "doubt";
  readonly message: string;
}

function compareFiles(stored: File, fresh: AuditReply): Difference | undefined {
  const age = stored.fields.get("age") ?? "";
  const seconds = /^\d{1,10}$/.test(age) ? Number(age) : 0;
  if (seconds > DAY) {
    const days = Math.floor(seconds / DAY);
    return { kind: "old", message: `a cache serves a robots.txt that is ${days} days old` };
  }
  const state = cacheStateOf(stored);
  if (state === undefined || !isFile(fresh) || textOf(fresh) === textOf(stored)) return undefined;
  const [before, now] = [stored, fresh].map(({ fields }) =>
    parseHttpDate(fields.get("last-modified") ?? "", Date.now() / 1000),
  );
  if (before !== undefined && now !== undefined && now > before) {
    return { kind: "old", message: `a cache serves an outdated robots.txt (${state})` };
  }
  // A server may also treat an address with a query as another one.
  return {
    kind: "doubt",
    message: "robots.txt with a query differs, and no date says which is newer",
  };
}

// The Worker of bench/identity-workerd.ts.
import bots from "../rules/bots.jsonc";
import { makeSubjects } from "./identity-subjects.ts";

const SUBJECTS = ["raw", "signed", "unsigned", "browser", "crawler"] as const;
let made: Awaited<ReturnType<typeof makeSubjects>> | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    made ??= await makeSubjects(bots);
    const name = SUBJECTS.find((subject) => url.pathname === `/${subject}`);
    if (name === undefined) return new Response("no such subject");
    const run = made[name];
    for (let left = Number(url.searchParams.get("calls")); left > 0; left--) {
      if (!(await run())) return new Response("a verdict is wrong");
    }
    return new Response("ok");
  },
};

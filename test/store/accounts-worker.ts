import type { DurableObjectNamespace } from "@cloudflare/workers-types";
import { objectAccounts } from "../../src/runtime/workers/accounts-object.ts";

export { Accounts } from "../../src/runtime/workers/accounts-object.ts";

/** Carries out one call for the tests outside: `POST /method` with the arguments. */
export default {
  async fetch(request: Request, env: { ACCOUNTS: DurableObjectNamespace }): Promise<Response> {
    if (request.method === "GET") return new Response("ready");
    const method = new URL(request.url).pathname.slice(1);
    const args = ((await request.json()) as unknown[]).map((each) => each ?? undefined);
    const accounts = objectAccounts(env.ACCOUNTS);
    try {
      const methods = accounts as unknown as Record<
        string,
        (...args: unknown[]) => Promise<unknown>
      >;
      return Response.json({ value: await methods[method]?.(...args) });
    } catch (error) {
      return Response.json({ error: String(error) }, { status: 500 });
    }
  },
};

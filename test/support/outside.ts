import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that plays the agent's site: key directory, address list and DNS over HTTPS. */
export async function startOutside() {
  const answers = new Map<string, { type: string; body: string }>();
  const asked: string[] = [];
  const lookups: string[] = [];
  const records = new Map<string, object>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://outside");
    asked.push(url.pathname);
    if (url.pathname === "/dns-query") {
      const name = `${url.searchParams.get("name")} ${url.searchParams.get("type")}`;
      lookups.push(name);
      response.writeHead(200, { "content-type": "application/dns-json" });
      response.end(JSON.stringify(records.get(name) ?? { Status: 3 }));
      return;
    }
    const answer = answers.get(url.pathname);
    response.writeHead(answer === undefined ? 404 : 200, {
      "content-type": answer?.type ?? "text/plain",
    });
    response.end(answer?.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answers,
    asked,
    /** Names and types that DNS was asked for. */
    lookups,
    records,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type Outside = Awaited<ReturnType<typeof startOutside>>;

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import { createApp, isOwnPath, type Platform, type Settings } from "../../app.ts";
import { problem } from "../../http/problem.ts";
import { publicOrigins } from "../public-url.ts";
import { NodeExchange } from "./exchange.ts";
import { NodeOrigin } from "./origin-client.ts";
import { NodeOwnOrigin } from "./own-origin.ts";
import { send } from "./send.ts";

/** A running proxy. */
export interface RunningServer {
  /** Scheme, host and port. */
  readonly url: string;
  /** Stops taking connections, and ends once those in flight are done or `grace` milliseconds over. */
  close(grace?: number): Promise<void>;
}

/** Serves the proxy on Node. Rejects where the port is taken. */
export async function serve(
  settings: Settings & { readonly originServer: string },
  platform: Omit<Platform, "askOrigin" | "backgroundLimit">,
  listen: { readonly port: number; readonly host: string },
): Promise<RunningServer> {
  const ownOrigin = new NodeOwnOrigin({
    origin: settings.originServer,
    sendsPublicHost: settings.rules.originHost === "public",
  });
  const app = createApp(settings, { ...platform, askOrigin: ownOrigin.ask });
  const origin = new NodeOrigin({ origin: settings.originServer });
  const own = getRequestListener(app.shell.fetch, { overrideGlobalObjects: false });
  const { rules } = settings;
  const findPublicOrigin = publicOrigins({
    publicOrigin: rules.publicOrigin,
    trustedProxyHops: rules.agents.trustedProxyHops,
  });
  const background = (work: Promise<unknown>): void => {
    work.catch((error: unknown) =>
      platform.log.warn("background-failed", { error: String(error) }),
    );
  };

  const relay = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { headers } = incoming;
    const publicOrigin = findPublicOrigin({
      scheme: "http",
      host: headers.host ?? "localhost",
      field: (name) => headers[name]?.toString(),
    });
    if (publicOrigin === undefined) {
      refuse(
        outgoing,
        "bad-request",
        "The request names no host that can be read.",
        headers.accept,
      );
      return;
    }
    const exchange = new NodeExchange(incoming, publicOrigin, background);
    const client = origin.clientFor(incoming, outgoing);
    const answer = await app.pipeline(exchange, (request) => {
      if (rules.originHost === "public") request.fields.set("host", exchange.host);
      return client(request);
    });
    await send(outgoing, answer);
  };

  const server = createServer((incoming, outgoing) => {
    if (isOwnPath(incoming.url ?? "")) {
      own(incoming, outgoing).catch((error: unknown) => outgoing.destroy(toError(error)));
      return;
    }
    relay(incoming, outgoing).catch((error: unknown) => {
      platform.log.warn("relay-failed", { error: String(error) });
      if (outgoing.headersSent) outgoing.destroy(toError(error));
      else refuse(outgoing, "internal", "The proxy failed on this request.", undefined);
    });
  });
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`,
    close: async (grace = 2000) => {
      await closeServer(server, grace);
      await origin.close();
      await ownOrigin.close();
      platform.store.close?.();
    },
  };
}

function refuse(
  outgoing: ServerResponse,
  name: Parameters<typeof problem>[0],
  detail: string,
  accept: string | undefined,
): void {
  const { status, fields, content } = problem(name, detail, accept);
  outgoing.writeHead(status, fields.flat());
  outgoing.end(content);
}

async function closeServer(server: Server, grace: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

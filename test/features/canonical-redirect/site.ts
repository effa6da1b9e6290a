import { generateKeys, signMessage } from "../../../src/agent/web-bot-auth/index.ts";
import { send, type RawResponse } from "../../support/client.ts";
import { startOrigin, type TestOrigin } from "../../support/origin.ts";
import {
  freePort,
  RUNTIMES,
  type Proxy,
  type ProxyOptions,
  type RuntimeName,
} from "../../support/runtimes.ts";
import { PUBLIC } from "./cases.ts";

/** A proxy under test in front of an origin server, and a crawler that signs. */
export interface TestSite {
  readonly origin: TestOrigin;
  readonly proxy: Proxy;
  /** The fields of a signed request. */
  sign(target: string, method?: string): Promise<Record<string, string>>;
  /** Sends a request as the crawler. */
  crawl(target: string, options?: CrawlOptions): Promise<RawResponse>;
  close(): Promise<void>;
}

interface CrawlOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts a site at the public origin of the cases. */
export async function startSite(
  runtime: RuntimeName,
  rules: object,
  more: Partial<ProxyOptions> = {},
): Promise<TestSite> {
  const origin = await startOrigin();
  const { privateJwk, directory } = await generateKeys();
  const port = await freePort();
  const agent = `http://127.0.0.1:${port}`;
  origin.routes.set("/.well-known/http-message-signatures-directory", (_request, response) => {
    const type = "application/http-message-signatures-directory+json";
    response.writeHead(200, { "content-type": type }).end(JSON.stringify(directory));
  });
  const bot = {
    name: "DemoTrainer",
    tokens: ["DemoTrainer"],
    operator: "Demo",
    category: "AI Crawler",
    behaviours: ["Training"],
    signatureAgents: [agent],
  };
  const proxy = await RUNTIMES[runtime]({
    origin: origin.url,
    port,
    rules: { publicOrigin: PUBLIC, agents: { bots: [bot] }, ...rules },
    ...more,
  });
  const sign = async (target: string, method = "GET"): Promise<Record<string, string>> => {
    const created = Math.floor(Date.now() / 1000);
    const fields = await signMessage({ method, url: PUBLIC + target }, privateJwk, {
      agent,
      created,
      expires: created + 60,
    });
    return { ...fields };
  };
  return {
    origin,
    proxy,
    sign,
    crawl: async (target, { method = "GET", headers = {} } = {}) =>
      send(proxy.url + target, {
        method,
        headers: { ...(await sign(target, method)), ...headers },
      }),
    async close() {
      await proxy.close();
      await origin.close();
    },
  };
}

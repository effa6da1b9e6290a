import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { named, sha256, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const version = (number: number): Buffer => Buffer.from(bundle(number));
const SECRET = version(3);
const NEVER_SENT = version(9);

/** All that a client can tell two responses apart by, but for their time. */
const told = ({ status, headers, body }: RawResponse): object => {
  const { date, age, "cache-status": cached, ...rest } = headers;
  void date;
  const timeless = [age, cached].map((value) => String(value).replaceAll(/\d+/g, "0"));
  return { status, headers: rest, timeless, body: sha256(body).toString("hex") };
};

describe.each(["node", "workerd"] as RuntimeName[])("a secret link on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { compression: { dictionary: true } },
        rules: [
          {
            name: "named",
            match: { path: "/named/*" },
            compression: { dictionary: { match: "/named/*" } },
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const put = (target: string, content: Buffer): void => void origin.files.set(target, { content });
  const get = (target: string, agent: string, dictionary?: Buffer): Promise<RawResponse> =>
    send(proxy.url + target, {
      headers: {
        "accept-encoding": dictionary === undefined ? "br" : "br, dcb, dcz",
        "user-agent": agent,
        ...(dictionary && { "available-dictionary": named(dictionary) }),
      },
    });
  /** Work behind answers goes on for a moment. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 300));
  const codingAfter = async (target: string, wanted: string | undefined): Promise<unknown> => {
    let coding: unknown;
    for (let i = 0; i < 60 && coding !== wanted; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      coding = (await get(target, "attacker", SECRET)).headers["content-encoding"];
    }
    return coding;
  };

  it("that one client has fetched is not disclosed to a client that guesses its content, until another has", async () => {
    const [first, second, secret] = ["BqXz3k2a", "f9Tr81Lm", "Kw04pzQ7"].map(
      (hash) => `/share/report-${hash}.js`,
    ) as [string, string, string];
    put(first, version(1));
    put(second, version(2));
    put(secret, SECRET);
    for (const agent of ["one", "another"]) await get(first, agent);
    let isOffered = false;
    for (let i = 0; i < 60 && !isOffered; i++) {
      isOffered = "use-as-dictionary" in (await get(second, `visitor ${i % 2}`)).headers;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(isOffered).toBe(true);

    // What is kept of the page by then changes no more.
    for (let i = 0; i < 2; i++) {
      await get(second, "attacker", NEVER_SENT);
      await settled();
    }
    const before = told(await get(second, "attacker", SECRET));
    for (let i = 0; i < 3; i++) {
      expect((await get(secret, "the one who has the link")).status).toBe(200);
      await settled();
    }
    for (const dictionary of [SECRET, NEVER_SENT, SECRET, NEVER_SENT]) {
      expect(told(await get(second, "attacker", dictionary))).toEqual(before);
    }
    expect((await get(secret, "a friend")).status).toBe(200);
    expect(await codingAfter(second, "dcb")).toBe("dcb");
  });

  it("alone starts nothing: the proxy learns nothing of a resource that one client has fetched", async () => {
    const names = ["Zq81kLw0", "Hh3Pq77x", "Vb0c9RtY"].map((hash) => `/alone/report-${hash}.js`);
    for (const [at, target] of names.entries()) {
      put(target, version(at + 1));
      for (let i = 0; i < 3; i++) {
        // It says nothing of what the proxy has seen: the first client of the first version gets it, too.
        const { headers } = await get(target, "only one");
        expect(headers["use-as-dictionary"]).toBe('match="/alone/report-*.js"');
      }
      await settled();
    }
    const last = names[2] as string;
    const unseen = last.replace("alone", "nobody");
    put(unseen, version(3));
    // The quality of a plain coding may differ, but it is no delta, and says no other thing.
    const attacked = async (target: string) => {
      const { status, headers } = await get(target, "attacker", version(2));
      const said = String(headers["use-as-dictionary"]).replace(/^match="\/\w+\//, "");
      return [status, headers["content-encoding"], headers["vary"], headers["link"], said];
    };
    expect(await attacked(last)).toEqual(await attacked(unseen));
    expect((await attacked(last))[1]).toBe("br");
  });

  it("whose dictionary a rule names needs no second client", async () => {
    put("/named/app.1.js", SECRET);
    put("/named/app.2.js", version(4));
    await get("/named/app.1.js", "one");
    expect(await codingAfter("/named/app.2.js", "dcb")).toBe("dcb");
  });
});

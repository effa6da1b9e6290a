import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A stranger's, in the spellings that a program behind CGI can't tell apart. */
const SMUGGLED = {
  "X-Real-IP": "6.6.6.6",
  X_Real_IP: "6.6.6.6",
  X_Forwarded_For: "6.6.6.6",
  "X-Forwarded_Proto": "6.6.6.6",
  "X.Forwarded.Host": "6.6.6.6",
  Wayleave_Agent: "6.6.6.6",
  X_Wayleave_Token: "6.6.6.6",
  Transfer_Encoding: "6.6.6.6",
  Content_Length: "6666",
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("forwarding fields on %s", (runtime) => {
  let origin: RawOrigin;
  const proxies = new Map<string, Proxy>();

  beforeAll(async () => {
    origin = await startRawOrigin();
    origin.answer = () => ({ bytes: OK });
    const rules = {
      plain: {},
      trusting: { agents: { trustedProxyHops: 1 } },
      none: { forwarded: "none", agents: { trustedProxyHops: 1 } },
      legacy: { forwarded: "legacy" },
      standard: { forwarded: "standard" },
    };
    await Promise.all(
      Object.entries(rules).map(async ([name, each]) => {
        proxies.set(name, await RUNTIMES[runtime]({ origin: origin.url, rules: each }));
      }),
    );
  });

  afterAll(async () => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    await origin?.close();
  });

  /** Names and values that the origin gets, names as a CGI program sees them. */
  const variables = async (name: string, headers: Record<string, string>) => {
    origin.requests.length = 0;
    await send(`${proxies.get(name)?.url}/`, { headers });
    const fields = origin.requests[0]?.fields ?? [];
    return fields.map(([field, value]) => [field.toUpperCase().replaceAll(/\W/g, "_"), value]);
  };

  it.each(["plain", "trusting"])("have one writer, whatever their spelling (%s)", async (name) => {
    const { "X-Real-IP": realIp, ...others } = SMUGGLED;
    const sent = name === "plain" ? { ...others, "X-Real-IP": realIp } : others;
    const got = await variables(name, { ...sent, X_Custom: "kept" });
    expect(
      got.filter(([, value]) => value?.includes("6666") || value?.includes("6.6.6.6")),
    ).toEqual([]);
    expect(got.filter(([field]) => field === "X_FORWARDED_FOR")).toHaveLength(1);
    expect(got).toContainEqual(["X_CUSTOM", "kept"]);
  });

  it.each([
    ["plain", ["FORWARDED", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO"]],
    ["legacy", ["X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO"]],
    ["standard", ["FORWARDED"]],
    ["none", []],
  ])("are those that the rules want: %s", async (name, wanted) => {
    const got = await variables(name, {
      forwarded: "for=192.0.2.1",
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-port": "1",
    });
    const names = got.map(([field]) => field).filter((field) => field?.includes("FORWARDED"));
    expect(new Set(names)).toEqual(new Set(wanted));
    expect(names).toHaveLength(wanted.length);
  });
});

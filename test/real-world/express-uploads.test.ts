import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { valueOf, type Asked } from "./client.ts";
import { http1Client, type Client } from "./front.ts";
import { startExpress } from "./origins/express.ts";
import type { Origin } from "./origins/program.ts";
import { otherFronts, SETTINGS, startSides, type Sides } from "./suite.ts";
import { noise } from "./tree.ts";

const MULTIPART = [
  '--edge\r\nContent-Disposition: form-data; name="text"\r\n\r\nGrüße\r\n',
  '--edge\r\nContent-Disposition: form-data; name="file"; filename="a b.bin"\r\n',
  "Content-Type: application/octet-stream\r\n\r\n",
  noise(5000).toString("latin1"),
  "\r\n--edge--\r\n",
].join("");

const CONTENTS: readonly (readonly [string, string, Buffer])[] = [
  ["nothing", "application/octet-stream", Buffer.alloc(0)],
  ["a byte", "text/plain", Buffer.from("1")],
  ["JSON", "application/json", Buffer.from('{"a":[1,2,3]}')],
  ["a multipart form", "multipart/form-data; boundary=edge", Buffer.from(MULTIPART, "latin1")],
  ["70 KB", "application/octet-stream", noise(70_000)],
  ["3 MB", "application/octet-stream", noise(3_000_000)],
];

const ALL = [...SETTINGS, ...otherFronts(["node", "off", "TLS and HTTP/2"])];

describe.each(ALL)("uploads to Express, on %s, features %s, over %s", (...setting) => {
  let origin: Origin;
  let sides: Sides;

  beforeAll(async () => {
    origin = await startExpress();
    sides = await startSides(origin, setting);
  });

  afterAll(async () => {
    await sides?.close();
    await origin?.stop();
  });

  test.each(CONTENTS)("%s arrives as it was sent", async (_name, type, content) => {
    const requests = ["POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
      [false, true].map((isChunked): Asked => ({
        method,
        target: "/upload",
        fields: { "Content-Type": type, Accept: "application/json" },
        content,
        isChunked,
      })),
    );
    expect(await sides.compare(requests)).toEqual([]);
  });

  test("content that the application refuses is refused as without the proxy", async () => {
    const requests = [999, 1000, 1001, 500_000].map((length): Asked => ({
      method: "POST",
      target: "/upload/limited",
      fields: { "Content-Type": "application/octet-stream" },
      content: noise(length),
    }));
    expect(await sides.compare(requests)).toEqual([]);
  });

  test("content that is sent back while it arrives is whole", async () => {
    const content = noise(2_000_000);
    const fields = { "Content-Type": "application/octet-stream" };
    const target = "/upload/stream";
    const got = await sides.client.ask({ method: "POST", target, fields, content });
    expect(got.content.equals(content)).toBe(true);
  });

  test.each([200, 302, 401, 413, 500])(
    "a response of %i before the upload is read reaches the client, and the next request is answered",
    { timeout: 60_000 },
    async (status) => {
      const client = sides.client.onOneConnection();
      const reused = setting[0] === "node" ? client : sides.client;
      const upload: Asked = {
        method: "POST",
        target: `/upload/early/${status}`,
        content: noise(4_000_000),
      };
      const started = performance.now();
      // Bare workerd closes the connection under the upload (docs/life-of-a-request.md).
      const got = await client.ask(upload).catch((error: unknown) => error);
      if (setting[0] === "node" || !(got instanceof Error)) {
        expect(got).toMatchObject({ status, content: Buffer.from("early") });
      }
      const next = await reused.ask({ method: "GET", target: "/text" });
      expect([next.status, next.content.toString()]).toEqual([200, "short"]);
      expect(performance.now() - started).toBeLessThan(4000);
      client.close();
    },
  );

  test("a client that waits for 100 Continue is answered", async () => {
    const fields = { Expect: "100-continue", "Content-Type": "text/plain" };
    const content = Buffer.from("waited");
    const asked: Asked = { method: "POST", target: "/upload", fields, content };
    const got = await sides.client.ask(asked);
    expect(JSON.parse(got.content.toString())).toMatchObject({ length: 6, type: "text/plain" });
  });

  test("a session lasts, and its cookie is the application's own", async () => {
    const visit = async (visitor: Client) => {
      const client = { "X-Client": `visitor-${setting.join("-")}` };
      const first = await visitor.ask({ method: "GET", target: "/session/count", fields: client });
      const cookie = (valueOf(first.lines, "set-cookie") ?? "").split(";")[0] ?? "";
      const fields = { ...client, Cookie: cookie };
      const login = await visitor.ask({
        method: "POST",
        target: "/session/login",
        fields: { ...fields, "Content-Type": "application/x-www-form-urlencoded" },
        content: Buffer.from("user=Anna+%C3%96z"),
      });
      const who = await visitor.ask({ method: "GET", target: "/session/who", fields });
      const again = await visitor.ask({ method: "GET", target: "/session/count", fields });
      return {
        cookie: valueOf(first.lines, "set-cookie"),
        login: [login.status, valueOf(login.lines, "location")],
        who: who.content.toString(),
        views: JSON.parse(again.content.toString()) as object,
      };
    };
    const through = await visit(sides.client);
    expect(through).toMatchObject({ who: "user Anna Öz", login: [303, "/session/who"] });
    expect(through).toEqual({ ...(await visit(http1Client(origin.url))), views: { views: 2 } });
  });

  test("the application sees the request as sent, and the proxy's own fields", async () => {
    const fields = {
      "X-Custom": "a, b",
      Cookie: "a=1; b=2",
      "User-Agent": "test",
      Referer: "https://other.example/ä".replace("ä", "%C3%A4"),
      Authorization: "Bearer token",
    };
    const asked = { method: "POST", target: "/echo?a=%20&b=ü".replace("ü", "%C3%BC"), fields };
    const { direct, through } = await sides.both(asked);
    if (direct instanceof Error || through instanceof Error) throw new Error("no response");
    const [before, after] = [seen(direct.content), seen(through.content)];
    expect(after).toMatchObject({ method: "POST", url: before.url });
    const own = ["via", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
    for (const name of own) expect(after.fields.get(name), name).toBeDefined();
    for (const name of [...own, "connection", "keep-alive"]) after.fields.delete(name);
    before.fields.delete("connection");
    expect(Object.fromEntries(after.fields)).toEqual(Object.fromEntries(before.fields));
  });
});

function seen(content: Buffer) {
  const { method, url, fields } = JSON.parse(content.toString()) as {
    method: string;
    url: string;
    fields: string[];
  };
  const named = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) {
    named.set(fields[i]?.toLowerCase() ?? "", fields[i + 1] ?? "");
  }
  return { method, url, fields: named };
}

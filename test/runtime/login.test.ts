import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send, type RequestOptions } from "../support/client.ts";
import { NAVIGATION, OPERATOR_TOKEN as TOKEN } from "../support/navigation.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const FORM = {
  ...NAVIGATION,
  "sec-fetch-site": "same-origin",
  "content-type": "application/x-www-form-urlencoded",
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a login on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;
  let bare: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    const options = { origin: origin.url, rules: { defaults: { cache: true, markdown: true } } };
    proxy = await RUNTIMES[runtime]({ ...options, adminToken: TOKEN });
    bare = await RUNTIMES[runtime](options);
  });

  beforeEach(() => void (origin.requests.length = 0));

  afterAll(async () => {
    await proxy?.close();
    await bare?.close();
    await origin?.close();
  });

  const get = (path: string, headers: RequestOptions["headers"] = {}) =>
    send(proxy.url + path, { headers });
  const post = (path: string, body: object, headers: RequestOptions["headers"] = {}) =>
    send(proxy.url + path, {
      method: "POST",
      headers: { ...FORM, origin: proxy.url, ...headers },
      body: new URLSearchParams(body as Record<string, string>).toString(),
    });
  const logIn = async (): Promise<string> => {
    const { status, headers } = await post("/.wayleave/login", { token: TOKEN });
    expect(status).toBe(303);
    expect(headers.location).toBe("/.wayleave/");
    return headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "";
  };

  it("does not exist without a token in the environment", async () => {
    for (const path of ["/.wayleave/", "/.wayleave", "/.wayleave/login", "/.wayleave/style.css"]) {
      const got = await send(bare.url + path, { headers: NAVIGATION });
      expect(got.status).toBe(404);
      expect(got.headers["set-cookie"]).toBeUndefined();
    }
    expect(origin.requests).toEqual([]);
  });

  it("is offered by the dashboard, which shows nothing else", async () => {
    const got = await get("/.wayleave/", NAVIGATION);
    expect(got.status).toBe(401);
    expect(got.headers["www-authenticate"]).toContain("Bearer");
    expect(got.headers["content-security-policy"]).toMatch(
      /^default-src 'none';.*frame-ancestors 'none'/,
    );
    expect(got.headers["cache-control"]).toContain("no-store");
    expect(got.headers["x-content-type-options"]).toBe("nosniff");
    expect(got.body.toString()).toContain('action="/.wayleave/login"');
    const asProgram = await get("/.wayleave/", { accept: "application/json" });
    expect(asProgram.status).toBe(401);
    expect(asProgram.headers["content-type"]).toBe("application/problem+json");
  });

  it("turns the token into a cookie that opens pages", async () => {
    const { headers } = await post("/.wayleave/login", { token: TOKEN });
    const [said = ""] = headers["set-cookie"] ?? [];
    expect(said).toMatch(/; Max-Age=3600; Path=\/\.wayleave\/; HttpOnly; SameSite=Strict$/);
    expect(said).not.toContain(TOKEN);
    const cookie = said.split(";", 1)[0] ?? "";
    const got = await get("/.wayleave/", { ...NAVIGATION, cookie: `a=b; ${cookie}; c=d` });
    expect(got.status).toBe(200);
    expect(got.body.toString()).not.toContain('action="/.wayleave/login"');
    expect(origin.requests).toEqual([]);
  });

  it("makes a cookie for TLS alone, except on an address of this machine", async () => {
    const over = async (from: string | undefined) => {
      const headers = from === undefined ? {} : { origin: from };
      const got = await post("/.wayleave/login", { token: TOKEN }, headers);
      return got.headers["set-cookie"]?.[0] ?? "";
    };
    expect(await over("https://www.example.com")).toMatch(/^__Secure-.*; Secure$/);
    expect(await over("http://www.example.com")).toMatch(/^__Secure-.*; Secure$/);
    expect(await over("http://127.0.0.1.evil.example")).toMatch(/; Secure$/);
    expect(await over("null")).toMatch(/; Secure$/);
    for (const local of ["http://localhost:8787", "http://127.0.0.1:1", "http://[::1]:1"]) {
      expect(await over(local)).not.toMatch(/Secure/);
    }
  });

  it("opens nothing to a script, a frame or a part of a page of the site", async () => {
    const cookie = await logIn();
    for (const changed of [
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", "sec-fetch-site": "same-origin" },
      { "sec-fetch-mode": "same-origin", "sec-fetch-dest": "empty" },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image", "sec-fetch-site": "cross-site" },
      { "sec-fetch-dest": "iframe" },
      { "sec-fetch-dest": "object" },
    ]) {
      const got = await get("/.wayleave/", { ...NAVIGATION, cookie, ...changed });
      expect(got.status, JSON.stringify(changed)).toBe(403);
      expect(got.body.toString()).not.toContain("Log out");
    }
    expect((await get("/.wayleave/", { accept: "text/html", cookie })).status).toBe(403);
    const style = { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "style", cookie };
    expect((await get("/.wayleave/style.css", style)).status).toBe(200);
  });

  it("changes nothing: a purge needs the token itself", async () => {
    const cookie = await logIn();
    const headers = { ...FORM, cookie, origin: proxy.url };
    const got = await send(`${proxy.url}/.wayleave/purge`, {
      method: "POST",
      headers,
      body: '{"all":true}',
    });
    expect(got.status).toBe(401);
  });

  it("refuses a wrong token, and then too many of them", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) {
      const token = i === 6 ? TOKEN : `${TOKEN}${i}`;
      const got = await post("/.wayleave/login", { token }, { "x-forwarded-for": "192.0.2.7" });
      statuses.push(got.status);
      expect(got.headers["set-cookie"]).toBeUndefined();
      if (got.status === 429) expect(Number(got.headers["retry-after"])).toBeGreaterThan(0);
    }
    expect(statuses.slice(0, 4)).toEqual([401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
    expect(proxy.log.join("")).toContain("login-refused");
    expect(proxy.log.join("")).not.toContain(TOKEN);
    // The holder of the token gets in by the field.
    const got = await get("/.wayleave/", { authorization: `Bearer ${TOKEN}` });
    expect(got.status).toBe(200);
  });
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a session on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;
  let other: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    const options = { origin: origin.url, rules: {} };
    proxy = await RUNTIMES[runtime]({ ...options, adminToken: TOKEN });
    other = await RUNTIMES[runtime]({ ...options, adminToken: `${TOKEN}-changed` });
  });

  afterAll(async () => {
    await proxy?.close();
    await other?.close();
    await origin?.close();
  });

  const statusWith = async (cookie: string, url = proxy.url): Promise<number> =>
    (await send(`${url}/.wayleave/`, { headers: { ...NAVIGATION, cookie } })).status;
  const post = (path: string, body: Record<string, string>, headers: object = {}) =>
    send(proxy.url + path, {
      method: "POST",
      headers: { ...FORM, origin: proxy.url, ...headers },
      body: new URLSearchParams(body).toString(),
    });
  const logIn = async (): Promise<string> => {
    const { headers } = await post("/.wayleave/login", { token: TOKEN });
    return headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "";
  };

  it("is not valid if any part of its cookie is changed, or the token", async () => {
    const cookie = await logIn();
    expect(await statusWith(cookie)).toBe(200);
    expect(await statusWith(cookie, other.url)).toBe(401);
    const [name, value = ""] = cookie.split("=");
    const [id = "", expires = "", mac = ""] = value.split(".");
    for (const forged of [
      `${id}.${Number(expires) + 1}.${mac}`,
      `${id}.9999999999.${mac}`,
      `${id.replace(/./, (char) => (char === "A" ? "B" : "A"))}.${expires}.${mac}`,
      `${id}.${expires}.${mac.replace(/./, (char) => (char === "A" ? "B" : "A"))}`,
      `${id}.${expires}.`,
      `${id}.${expires}.${"A".repeat(43)}`,
      "",
      ".".repeat(4000),
    ]) {
      expect(await statusWith(`${name}=${forged}`), forged).toBe(401);
    }
  });

  it("is not begun by more wrong tokens at the same time than one after another", async () => {
    const headers = { ...FORM, origin: other.url };
    const body = new URLSearchParams({ token: "wrong-wrong-wrong-wrong" }).toString();
    const attempt = () => send(`${other.url}/.wayleave/login`, { method: "POST", headers, body });
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => (await attempt()).status),
    );
    const tried = statuses.filter((status) => status === 401).length;
    expect(tried).toBeGreaterThanOrEqual(1);
    expect(tried).toBeLessThanOrEqual(6);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  it("is never forwarded to the origin server, and other cookies are", async () => {
    const cookie = await logIn();
    origin.requests.length = 0;
    for (const sent of [cookie, `a=b; ${cookie}; c=d`, `__Secure-${cookie.slice(0, 8)}=x; a=b`]) {
      await send(`${proxy.url}/page`, { headers: { cookie: sent } });
    }
    const value = cookie.split("=")[1] ?? "none";
    const seen = origin.requests.map(({ fields }) =>
      fields.find(([name]) => /^cookie$/i.test(name)),
    );
    expect(JSON.stringify(origin.requests)).not.toContain(value);
    expect(seen.map((field) => field?.[1])).toEqual([undefined, "a=b; c=d", "a=b"]);
  });

  it("ends by the form of its own page alone", async () => {
    const cookie = await logIn();
    const shown = await send(`${proxy.url}/.wayleave/`, { headers: { ...NAVIGATION, cookie } });
    const [, form = ""] = /name="form" value="([^"]+)"/.exec(shown.body.toString()) ?? [];
    expect(form).not.toBe("");
    for (const [body, headers] of [
      [{}, {}],
      [{ form: "x".repeat(43) }, {}],
      [{ form }, { "sec-fetch-site": "cross-site" }],
      [{ form }, { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
    ] as const) {
      const got = await post("/.wayleave/logout", body, { cookie, ...headers });
      expect(got.status).toBe(403);
    }
    expect(await statusWith(cookie)).toBe(200);
    const got = await post("/.wayleave/logout", { form }, { cookie });
    expect(got.status).toBe(303);
    expect(got.headers["set-cookie"]?.[0]).toContain("Max-Age=0");
    // The server does not accept a copy of it either.
    expect(await statusWith(cookie)).toBe(401);
  });

  it("can't begin by a form of another page", async () => {
    for (const headers of [
      { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
      { "sec-fetch-dest": "iframe" },
    ]) {
      const got = await post("/.wayleave/login", { token: TOKEN }, headers);
      expect(got.status, JSON.stringify(headers)).toBe(403);
      expect(got.headers["set-cookie"]).toBeUndefined();
    }
    const plain = await send(`${proxy.url}/.wayleave/login`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `token=${TOKEN}`,
    });
    expect(plain.status).toBe(403);
    expect(plain.body.toString()).toContain("https");
  });

  it("refuses content that is too long, or no form", async () => {
    expect((await post("/.wayleave/login", { token: "x".repeat(5000) })).status).toBe(401);
    const json = { "content-type": "application/json" };
    expect((await post("/.wayleave/login", { token: TOKEN }, json)).status).toBe(401);
  });
});

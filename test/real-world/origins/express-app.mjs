// node express-app.mjs PORT FOLDER: an application as people write it, on Express 5.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";
import { gzipSync } from "node:zlib";
import express from "express";
import session from "express-session";
import { WebSocketServer } from "ws";

const [, , port, folder] = process.argv;
const app = express();
const page = `<!doctype html><html><head><title>A page</title></head><body><main><h1>A page</h1>${"<p>Some words of text.</p>".repeat(90)}</main></body></html>`;

const sessions = session({
  secret: "secret",
  resave: false,
  saveUninitialized: true,
  // The same for the same client, so that two responses can be compared.
  genid: (request) => `of-${request.get("x-client") ?? "nobody"}`,
});
app.use("/session", sessions);
app.get("/session/count", (request, response) => {
  request.session.views = (request.session.views ?? 0) + 1;
  response.json({ views: request.session.views });
});
app.post("/session/login", express.urlencoded(), (request, response) => {
  request.session.user = request.body.user;
  response.redirect(303, "/session/who");
});
app.get("/session/who", (request, response) => response.send(`user ${request.session.user}`));

app.get("/html", (_request, response) => response.send(page));
app.get("/json", (_request, response) => response.json({ list: Array(300).fill("value") }));
app.get("/text", (_request, response) => response.type("txt").send("short"));
app.get("/gzip", (request, response) => {
  response.vary("Accept-Encoding").type("html");
  if (request.acceptsEncodings("gzip") !== "gzip") return response.send(page);
  return response.set("Content-Encoding", "gzip").send(gzipSync(page));
});
app.get("/fields", (_request, response) => {
  response.set({
    "X-Custom": 'a, b;c="d"',
    "X-Empty": "",
    "X-Latin": "Gr\u00FC\u00DFe",
    "Content-Disposition": "attachment; filename=\"a.txt\"; filename*=UTF-8''%C3%BC.txt",
    Link: '</style.css>; rel="preload"; as="style"',
    "Content-Security-Policy": "default-src 'self'; script-src 'nonce-1'",
    "Strict-Transport-Security": "max-age=63072000",
    "Access-Control-Allow-Origin": "*",
    "Server-Timing": "db;dur=1",
    "Content-Language": "de",
  });
  response.append("Warning", "199 - one").append("Warning", "199 - two");
  response.type("txt").send("fields");
});
app.get("/large-fields", (_request, response) => {
  for (let i = 0; i < 40; i++) response.append("X-Long", `${i}`.padEnd(180, "v"));
  response.type("txt").send("large");
});
app.get("/cookies", (_request, response) => {
  for (let i = 0; i < 30; i++) response.cookie(`c${i}`, `v=${i}; ü`, { httpOnly: true });
  response.cookie("deleted", "", { expires: new Date(1) }).send(page);
});
app.get("/cookie-of-own-domain", (_request, response) => {
  response.cookie("here", "1", { domain: "127.0.0.1" }).send("a cookie");
});
app.get("/caching/:value", (request, response) => {
  response.set("Cache-Control", request.params.value).type("html").send(page);
});

app.get("/redirect", (_request, response) => response.redirect("/html"));
app.get("/redirect/:status", (request, response) =>
  response.redirect(Number(request.params.status), "/html?a=1#part"),
);
app.get("/absolute", (request, response) =>
  response.redirect(301, `${request.protocol}://${request.get("host")}/html?x=%20`),
);
app.get("/elsewhere", (_request, response) => response.redirect("https://other.example/a"));
app.get("/odd-redirect", (_request, response) => response.redirect("../html?ü=ä b"));
app.get("/addresses", (request, response) => {
  const here = `http://${request.get("host")}`;
  response.set({
    "Content-Location": `${here}/addresses.html`,
    Link: `<${here}/next>; rel="next", <https://other.example/>; rel="license"`,
    Refresh: `5; url=${here}/html`,
    "Alt-Svc": 'h3=":443"; ma=60',
  });
  response.type("txt").send("addresses");
});
app.all("/status/:code", (request, response) => {
  const code = Number(request.params.code);
  const empty = code === 204 || code === 205 || code === 304;
  response.status(code).set("ETag", '"fixed"');
  if (empty) response.end();
  else response.type("txt").send(`status ${code}`);
});
app.get("/phrase", (_request, response) => {
  response.statusMessage = "Rather Fine";
  response.send("a phrase of its own");
});

const raw = express.raw({ type: () => true, limit: "80mb" });
app.all("/upload", raw, (request, response) => {
  const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  response.json({
    method: request.method,
    type: request.get("content-type"),
    length: content.length,
    parts: content.toString("latin1").split("Content-Disposition: form-data").length - 1,
    hash: createHash("sha256").update(content).digest("hex"),
  });
});
app.post("/upload/limited", express.raw({ type: () => true, limit: 1000 }), (_request, response) =>
  response.send("small enough"),
);
app.post("/upload/early/:code", (request, response) => {
  response.status(Number(request.params.code)).set("Location", "/html").send("early");
});
app.post("/upload/stream", (request, response) => {
  response.type("application/octet-stream");
  request.pipe(response);
});

app.get("/chunked", async (_request, response) => {
  response.type("html");
  for (let i = 0; i < 5; i++) {
    response.write(`<p>piece ${i} ${"of a text ".repeat(20)}</p>`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  response.end();
});
app.get("/trailers", (_request, response) => {
  response.set({ Trailer: "X-Sum", "Content-Type": "text/plain" });
  response.write("with trailers");
  response.addTrailers({ "X-Sum": "1" });
  response.end();
});
app.get("/hints", (_request, response) => {
  response.writeProcessing();
  response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
  response.send(page);
});
app.get("/continue", (_request, response) => {
  response.writeContinue();
  response.send("after an interim response that nobody asked for");
});
app.get("/slow-head", (_request, response) => setTimeout(() => response.send("late"), 300));
app.get("/slow-content", (_request, response) => {
  response.type("txt").write("first ");
  setTimeout(() => response.end("last"), 300);
});
app.get("/throws", () => {
  throw new Error("a fault of the application");
});
app.get("/rejects", async () => {
  throw Object.assign(new Error("not now"), { status: 503 });
});
app.get("/reset", (request) => request.socket.destroy());
app.get("/cut", (_request, response) => {
  response.set({ "Content-Length": "1000", "Content-Type": "text/plain" }).write("a part");
  setTimeout(() => response.socket.destroy(), 50);
});
app.get("/cut-chunked", (_request, response) => {
  response.type("html").write("<p>a part</p>");
  setTimeout(() => response.socket.destroy(), 50);
});
app.all("/echo", (request, response) => {
  response.json({ method: request.method, url: request.originalUrl, fields: request.rawHeaders });
});

// Events that are sent once another request says so: none may wait for the next.
const streams = new Map();
app.get("/events/:id", (request, response) => {
  response.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  response.write("retry: 1000\n\n");
  streams.set(request.params.id, response);
  response.on("close", () => streams.set(request.params.id, "closed"));
});
app.post("/events/:id/:text", (request, response) => {
  const stream = streams.get(request.params.id);
  if (request.params.text === "end") stream?.end();
  else if (stream !== "closed") stream?.write(`id: 1\ndata: ${request.params.text}\n\n`);
  response.json(stream === "closed" ? "closed" : "sent");
});

app.get("/robots.txt", (request, response, next) => {
  const host = request.get("x-forwarded-host");
  if (host === "gone.example") return response.sendStatus(404);
  if (host === "broken.example") return response.sendStatus(503);
  return host === "moved.example" ? response.redirect(301, "/for-crawlers/robots.txt") : next();
});
app.use(express.static(folder, { dotfiles: "allow", maxAge: "1h" }));

const server = createServer(app);
const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: true,
  handleProtocols: (protocols) => (protocols.has("chat") ? "chat" : false),
});
server.on("upgrade", (request, socket, head) => {
  if (request.url === "/socket/refused") {
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nConnection: close\r\n\r\nno way");
    return;
  }
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on("message", (data, isBinary) => {
      const close = isBinary ? undefined : /^close (\d+)$/.exec(data.toString())?.[1];
      if (close === undefined) client.send(data, { binary: isBinary });
      else client.close(Number(close), "as you say");
    });
    client.on("ping", () => client.send("was pinged"));
    client.send(`hello at ${request.url}`);
  });
});
server.listen(Number(port), "127.0.0.1");

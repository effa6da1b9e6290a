import { startExpress } from "./origins/express.ts";
import { describeStatic } from "./static.ts";

const PAGES =
  "html json text gzip fields large-fields cookies phrase chunked echo-nothing throws rejects"
    .split(" ")
    .map((name) => `/${name}`);
const REDIRECTS =
  "redirect redirect/301 redirect/302 redirect/307 absolute elsewhere odd-redirect addresses cookie-of-own-domain"
    .split(" ")
    .map((name) => `/${name}`);
const STATUSES = [
  200, 201, 203, 204, 205, 206, 300, 304, 400, 401, 403, 404, 405, 409, 410, 418, 422, 429, 451,
  500, 501, 502, 503, 504, 599,
].map((code) => `/status/${code}`);
const CACHING =
  "no-store private no-cache max-age=60 public,max-age=3600 max-age=0,must-revalidate no-transform"
    .split(" ")
    .map((value) => `/caching/${value}`);

describeStatic("Express", {
  start: startExpress,
  fronts: [["node", "on", "TLS and HTTP/2, two processes"]],
  targets: [...PAGES, ...REDIRECTS, ...STATUSES, ...CACHING],
});

// The lower bound on workerd: a Hono app that forwards everything.
import { Hono } from "hono";

const app = new Hono<{ Bindings: { ORIGIN_URL: string } }>();
app.all("*", (context) => {
  const { pathname, search } = new URL(context.req.url);
  return fetch(context.env.ORIGIN_URL + pathname + search, {
    method: context.req.method,
    headers: context.req.raw.headers,
    body: context.req.raw.body,
    redirect: "manual",
  });
});
export default app;

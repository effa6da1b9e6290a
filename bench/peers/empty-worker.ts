// The lower bound of memory on workerd: a Worker that does nothing.
export default { fetch: (): Response => new Response("empty") };

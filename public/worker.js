// Checks one file off the page's main thread, by the same WebAssembly that the page runs.
// The page's first and only message: { script, wasm, file, kind, role }. Answers { bytes } while it reads, then
// { done: JSON } or { failed: text }. Terminating the worker stops it at any moment.
addEventListener("message", async ({ data }) => {
  try {
    const page = await import(data.script);
    await page.default({ module_or_path: data.wasm });
    const done = await page.check_in_worker(data.file, data.kind, data.role, (bytes) => postMessage({ bytes }));
    postMessage({ done });
  } catch (error) {
    postMessage({ failed: String(error?.message ?? error) });
  } finally {
    close();
  }
});

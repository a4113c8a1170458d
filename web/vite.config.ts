import { svelte } from "@sveltejs/vite-plugin-svelte";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

const server = loadEnv("", ".", "TOPMOEDE_").TOPMOEDE_SERVER ?? "http://127.0.0.1:8000";
const toServer = ["/api", "/hls", "/replay", "/media", "/captions", "/whip", "/whep", "/logout"];
const proxy = {
  ...Object.fromEntries(toServer.map((path) => [path, { target: server }])),
  "/rt": { target: server, ws: true },
};

export default defineConfig({
  plugins: [svelte()],
  // Nothing may become a data: address: the pages are served with a policy that allows 'self' alone.
  build: {
    assetsInlineLimit: 0,
    target: ["es2021", "safari15.4", "chrome100", "firefox100"],
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy },
  preview: { proxy },
  // No file leaves anything behind in a module, so they need no world of their own, which costs most of the time.
  test: { include: ["tests/**/*.test.ts"], environment: "node", isolate: false },
});

# The guard in a container: built in one stage, run without the tools that built it.
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/proctor
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json ./
COPY policies ./policies
RUN mkdir -p /data /workspace && chown node:node /data /workspace
USER node
ENV PROCTOR_DATA=/data PROCTOR_WORKSPACE=/workspace
EXPOSE 4100 4101
# Inside a container loopback is the container's own: publish the ports with a config that names a
# host to listen on, and keep the admin port to yourself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --start-interval=1s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4101/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Process 1 inherits what the commands of agents leave behind, and node waits for its own children only.
ENTRYPOINT ["tini", "--", "node", "/opt/proctor/dist/src/main.js"]
CMD ["serve"]

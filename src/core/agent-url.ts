// Where agents find a proctor that was told nothing else; the port is that of the config's default.

export const usualAgentPort = 4100;
export const usualAgentUrl = `http://127.0.0.1:${usualAgentPort}`;

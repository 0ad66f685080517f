// An OpenID provider that is not ours: it signs access tokens (RFC 9068) for clients of municipalities. Its port is the argument.
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const scope = "projects:read projects:write";
// Whom each client acts for, in which role, and for how many seconds its tokens are valid.
const clients = {
  writer: ["940039541", "coordinator", 120],
  reader: ["940039541", "reader", 120],
  stranger: ["974760673", "coordinator", 120],
  nobody: [undefined, "coordinator", 120],
  brief: ["940039541", "coordinator", 1],
};

const keys = await Promise.all(
  ["ES256", "RS256"].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), kid: `key-${alg}`, alg, use: "sig" };
  }),
);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys },
  scopes: ["openid", ...scope.split(" ")],
  clients: Object.keys(clients).map((client_id) => ({
    client_id,
    client_secret: "secret",
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  })),
  extraTokenClaims: (_, token) => ({ municipality: clients[token.clientId][0], roles: [clients[token.clientId][1]] }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource, client) => ({
        scope,
        audience: resource,
        accessTokenFormat: "jwt",
        accessTokenTTL: clients[client.clientId][2],
        jwt: { sign: { alg: resource.endsWith("rs256") ? "RS256" : "ES256" } },
      }),
    },
  },
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));

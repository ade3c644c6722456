import { SignJWT } from 'jose'

/** Signs a token as the sign-in service does: HS256 with an end. */
export function signToken(
  secret: string,
  claims: { userId: string; phone: string; role: string; name?: string | undefined },
  lifetime: string,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(new TextEncoder().encode(secret))
}

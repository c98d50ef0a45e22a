import { z } from 'zod';
import { Role, Time } from './common.ts';

export const Login = z.object({ username: z.string().trim().min(1).max(200), password: z.string().min(1).max(1000) });

export const User = z.object({
  id: z.string(),
  username: z.string(),
  role: Role,
  companyId: z.string().nullable(),
  shopIds: z.array(z.string()),
  awb: z.string().optional().describe('the one parcel that a tracking link opens'),
});
export type User = z.infer<typeof User>;

export const Session = z.object({ token: z.string(), expiresAt: Time, user: User });
export type Session = z.infer<typeof Session>;

/** PostgreSQL's text holds no NUL, and one such claim would fail everybody who is looked up in the same statement. */
const claim = z.union([z.string().regex(/^[^\0]*$/), z.number()]);

/**
 * Claims of an access token. `sub`, `userId` or `id` names the user (other issuers use any of the three);
 * numbers are accepted as ids and read as strings.
 */
export const Claims = z
  .object({
    sub: claim.optional(),
    userId: claim.optional(),
    id: claim.optional(),
    username: z
      .string()
      .regex(/^[^\0]*$/)
      .optional(),
    role: Role,
    companyId: claim.nullish(),
    shopIds: z.array(claim).nullish(),
    awb: z.string().max(20).optional(),
    // The last moment that a Date can hold.
    exp: z.number().max(8.64e12),
  })
  .transform((claims, context) => {
    const id = claims.sub ?? claims.userId ?? claims.id;
    if (id === undefined || String(id).length === 0 || String(id).length > 200) {
      context.addIssue({ code: 'custom', message: 'sub, userId or id must name the user' });
      return z.NEVER;
    }
    return {
      id: String(id),
      username: claims.username ?? String(id),
      role: claims.role,
      companyId: claims.companyId == null ? null : String(claims.companyId),
      shopIds: (claims.shopIds ?? []).map(String),
      ...(claims.awb !== undefined && { awb: claims.awb }),
      /** Seconds since 1970, as the token says. */
      exp: claims.exp,
    };
  });
export type Claims = z.infer<typeof Claims>;

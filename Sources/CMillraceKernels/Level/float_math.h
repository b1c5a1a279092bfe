// exp, log, sin, cos, tanh and sigmoid. The polynomials are minimax fits made with Sollya (fpminimax) over what is left of the argument: |r| <= ln 2 / 2 for
// exp and exp - 1, |angle| <= pi / 4 for sin and cos, sqrt(1/2) - 1 <= f <= sqrt(2) - 1 for log.

#if ELEMENT_BYTES == 4
#define PER_TYPE(f32, f64) f32
#else
#define PER_TYPE(f32, f64) f64
#endif
#define CONSTANT(f32, f64) SPLAT(PER_TYPE(f32##f, f64))

/// Adding this and taking it away again rounds to the nearest integer; the sum's low bits are that integer.
#define ROUNDER CONSTANT(0x1.8p23, 0x1.8p52)
#define LOG2_E CONSTANT(0x1.715476p0, 0x1.71547652b82fep0)
/// The high part has so few bits that its product with an exponent is exact.
#define LN2_HIGH CONSTANT(0x1.62e4p-1, 0x1.62e42fefa4p-1)
#define LN2_LOW CONSTANT(0x1.7f7d1cp-20, -0x1.8432a1b0e2634p-43)

/// x = n * ln 2 + rest, |rest| <= ln 2 / 2.
typedef struct {
  VEC n, rest;
  INT whole;
} NAME(power);

static INLINE NAME(power) NAME(power_of)(VEC x) {
  VEC sum = NAME(fused)(x, LOG2_E, ROUNDER), n = sum - ROUNDER;
  VEC rest = NAME(fused)(n, -LN2_HIGH, x);
  return (NAME(power)){n, NAME(fused)(n, -LN2_LOW, rest), (INT)sum - (INT)ROUNDER};
}

/// One step of Horner's rule.
#define STEP_OF(constant) p = NAME(fused)(p, r, SPLAT(constant));

/// exp of the rest.
static INLINE VEC NAME(exp_of_rest)(VEC r) {
#if ELEMENT_BYTES == 4
  VEC p = SPLAT(0x1.68674ap-10f);
  STEP_OF(0x1.123ecap-7f)
  STEP_OF(0x1.555b8ap-5f)
  STEP_OF(0x1.55548ap-3f)
  STEP_OF(0x1.fffff8p-2f)
#else
  VEC p = SPLAT(0x1.adf1bbd8797bep-26);
  STEP_OF(0x1.28b1d86b2e396p-22)
  STEP_OF(0x1.71dede7115f72p-19)
  STEP_OF(0x1.a01994f0277b5p-16)
  STEP_OF(0x1.a01a0149a5a07p-13)
  STEP_OF(0x1.6c16c1863f2eep-10)
  STEP_OF(0x1.1111111121fdep-7)
  STEP_OF(0x1.555555554fd71p-5)
  STEP_OF(0x1.5555555555511p-3)
  STEP_OF(0x1.000000000000cp-1)
#endif
  STEP_OF(1)
  STEP_OF(1)
  return p;
}

/// For all x: 2^n may be no normal number.
static INLINE VEC NAME(exp_of_any)(VEC x) {
  // Beyond these the result is 0 or infinity; a NaN passes.
  x = NAME(clamped)(x, CONSTANT(-104.5, -746.0), CONSTANT(89.0, 710.0));
  NAME(power) power = NAME(power_of)(x);
  return OF_SUFFIX(scale)(NAME(exp_of_rest)(power.rest), power.n, power.whole);
}

#if HAS_SCALE
static INLINE VEC NAME(exp_of)(VEC x) { return NAME(exp_of_any)(x); }
#else
__attribute__((noinline, cold)) static void NAME(exp_far)(ELEMENT *lanes) { NAME(store)(lanes, NAME(exp_of_any)(NAME(load)(lanes))); }

static INLINE VEC NAME(exp_of)(VEC x) {
  NAME(power) power = NAME(power_of)(x);
  VEC result = (VEC)((INT)NAME(exp_of_rest)(power.rest) + (power.whole << PER_TYPE(23, 52)));
  // Only where the result is a normal number is adding to the exponent's bits the same as multiplying.
  if (__builtin_expect(OF_SUFFIX(bits)((INT) !(NAME(size)(x) < CONSTANT(87.0, 708.0))) != 0, 0)) {
    ELEMENT lanes[LANES];
    NAME(store)(lanes, x);
    NAME(exp_far)(lanes);
    result = NAME(load)(lanes);
  }
  return result;
}
#endif

/// exp(x) - 1 for 0 <= x <= what tanh asks for.
static INLINE VEC NAME(exp_minus_1)(VEC x) {
  NAME(power) power = NAME(power_of)(x);
  VEC r = power.rest;
#if ELEMENT_BYTES == 4
  VEC p = SPLAT(0x1.6d514p-10f);
  STEP_OF(0x1.120e44p-7f)
  STEP_OF(0x1.5554e6p-5f)
  STEP_OF(0x1.5554dap-3f)
#else
  VEC p = SPLAT(0x1.1f879f5bf260ep-29);
  STEP_OF(0x1.af5073f25f9bep-26)
  STEP_OF(0x1.27e4cf57753e3p-22)
  STEP_OF(0x1.71de00f0a41bfp-19)
  STEP_OF(0x1.a01a01abb456bp-16)
  STEP_OF(0x1.a01a01ac51198p-13)
  STEP_OF(0x1.6c16c16c15679p-10)
  STEP_OF(0x1.111111111000fp-7)
  STEP_OF(0x1.5555555555557p-5)
  STEP_OF(0x1.5555555555557p-3)
#endif
  STEP_OF(0.5)
  p = NAME(fused)(p, r * r, r);
  VEC scale = (VEC)((power.whole + PER_TYPE(127, 1023)) << PER_TYPE(23, 52));
  return NAME(fused)(scale, p, scale - SPLAT(1));
}

static INLINE VEC NAME(with_sign)(VEC size, VEC sign) {
  INT bit = (INT)SPLAT(-0.0);
  return (VEC)((INT)size | ((INT)sign & bit));
}

static INLINE VEC NAME(tanh_of)(VEC x) {
  VEC size = NAME(size)(x), limit = CONSTANT(9.1, 19.1);
  size = limit < size ? limit : size;
  VEC e = NAME(exp_minus_1)(size + size);
  return NAME(with_sign)(e / (e + SPLAT(2)), x);
}

static INLINE VEC NAME(sigmoid_of)(VEC x) {
  VEC e = NAME(exp_of)(-NAME(size)(x)), one = SPLAT(1);
  return (x < 0 ? e : one) / (one + e);
}

/// log(y) + extra * log(2) for normal numbers y > 0.
static INLINE VEC NAME(log_of_normal)(VEC y, VEC extra) {
  // y = 2^n * m, sqrt(1/2) <= m < sqrt(2): the exponent's bits are cut off with that much added.
  const SIGNED root_half = PER_TYPE(0x3f3504f3, 0x3fe6a09e667f3bcd), one = PER_TYPE(0x3f800000, 0x3ff0000000000000);
  INT bits = (INT)y + (one - root_half);
  INT exponent = (INT)((PER_TYPE(u32_vector, u64_vector))bits >> PER_TYPE(23, 52));
  VEC m = (VEC)((bits & PER_TYPE(0x007fffff, 0x000fffffffffffff)) + root_half);
  // The exponent as a number, by the bits of a great one.
  VEC n = (VEC)(exponent | (INT)CONSTANT(0x1p23, 0x1p52)) - (CONSTANT(0x1p23, 0x1p52) + CONSTANT(127.0, 1023.0)) + extra;
  VEC f = m - SPLAT(1), half_square = SPLAT(0.5) * f * f;
#if ELEMENT_BYTES == 4
  // log(1 + f) = f - f^2/2 + f^3 * p
  VEC r = f, p = SPLAT(0x1.2cb69ep-4f);
  STEP_OF(-0x1.ddcdc8p-4f)
  STEP_OF(0x1.dc80e8p-4f)
  STEP_OF(-0x1.fbbc7p-4f)
  STEP_OF(0x1.23ddap-3f)
  STEP_OF(-0x1.55629p-3f)
  STEP_OF(0x1.999d2ep-3f)
  STEP_OF(-0x1.ffffe6p-3f)
  STEP_OF(0x1.555554p-2f)
  VEC low = NAME(fused)(f * f * f, p, n * LN2_LOW);
#else
  // s = f / (2 + f), log(1 + f) = f - f^2/2 + s * (f^2/2 + s^2 * p(s^2))
  VEC s = f / (SPLAT(2) + f), r = s * s, p = SPLAT(0x1.2b9e7dd5e8c1ap-3);
  STEP_OF(0x1.39f8bc27bf8a9p-3)
  STEP_OF(0x1.7462df7e69d51p-3)
  STEP_OF(0x1.c71c62538d7abp-3)
  STEP_OF(0x1.2492492e5be46p-2)
  STEP_OF(0x1.9999999994fep-2)
  STEP_OF(0x1.5555555555558p-1)
  VEC low = NAME(fused)(s, NAME(fused)(p, r, half_square), n * LN2_LOW);
#endif
  return NAME(fused)(n, LN2_HIGH, f - (half_square - low));
}

/// Subnormal numbers, 0, infinity, NaN and what is below 0, and others beside them.
__attribute__((noinline, cold)) static void NAME(log_far)(ELEMENT *lanes) {
  VEC x = NAME(load)(lanes), infinity = SPLAT(INFINITY);
  INT is_tiny = (INT)(x < CONSTANT(0x1p-126, 0x1p-1022));
  VEC result = NAME(log_of_normal)(is_tiny ? x * CONSTANT(0x1p23, 0x1p52) : x, is_tiny ? CONSTANT(-23.0, -52.0) : SPLAT(0));
  result = x == infinity ? infinity : result;
  result = x == 0 ? -infinity : result;
  NAME(store)(lanes, x >= 0 ? result : x < 0 ? SPLAT(NAN) : x);
}

static INLINE VEC NAME(log_of)(VEC x) {
  VEC result = NAME(log_of_normal)(x, SPLAT(0));
  INT is_ordinary = (INT)(x >= CONSTANT(0x1p-126, 0x1p-1022)) & (INT)(x < SPLAT(INFINITY));
  if (__builtin_expect(OF_SUFFIX(bits)(~is_ordinary) != 0, 0)) {
    ELEMENT lanes[LANES];
    NAME(store)(lanes, x);
    NAME(log_far)(lanes);
    result = NAME(load)(lanes);
  }
  return result;
}

// MARK: sin and cos

/// Up to here the quarter turns are counted exactly and taken away in parts whose products lose nothing that matters; beyond, and that is rare, the C library does.
#if HAS_FMA
#define TURN_LIMIT PER_TYPE(0x1p17f, 0x1p25)
#else
#define TURN_LIMIT PER_TYPE(0x1p13f, 0x1p20)
#endif

static INLINE VEC NAME(quarter_turns_away)(VEC x, VEC n) {
#if HAS_FMA
  VEC r = NAME(fused)(n, CONSTANT(-0x1.921fb6p0, -0x1.921fb54442d18p0), x);
  r = NAME(fused)(n, CONSTANT(0x1.777a5cp-25, -0x1.1a62633145c07p-54), r);
  return NAME(fused)(n, CONSTANT(0x1.ee59dap-50, 0x1.f1976b7ed8fbcp-110), r);
#else
  VEC r = x - n * CONSTANT(0x1.92p0, 0x1.921fb544p0);
  r = r - n * CONSTANT(0x1.fb4p-12, 0x1.0b4611a6p-34);
  r = r - n * CONSTANT(0x1.444p-24, 0x1.3198a2ep-69);
  return r - n * CONSTANT(0x1.68c234p-39, 0x1.b839a252049c1p-104);
#endif
}

/// sin(x + turns quarter turns).
static INLINE VEC NAME(sin_turned)(VEC x, SIGNED turns) {
  VEC sum = NAME(fused)(x, CONSTANT(0x1.45f306p-1, 0x1.45f306dc9c883p-1), ROUNDER), n = sum - ROUNDER;
  INT quarter = (INT)sum + turns;
  VEC angle = NAME(quarter_turns_away)(x, n), r = angle * angle, p;
#if ELEMENT_BYTES == 4
  p = SPLAT(0x1.86384cp-19f);
  STEP_OF(-0x1.a07f9cp-13f)
  STEP_OF(0x1.111196p-7f)
  STEP_OF(-0x1.555556p-3f)
#else
  p = SPLAT(-0x1.90a6ba81f2d7bp-41);
  STEP_OF(0x1.60eb713014f8p-33)
  STEP_OF(-0x1.ae63ff121bba9p-26)
  STEP_OF(0x1.71de3a1436b1dp-19)
  STEP_OF(-0x1.a01a019fea7c6p-13)
  STEP_OF(0x1.1111111111023p-7)
  STEP_OF(-0x1.5555555555555p-3)
#endif
  VEC sine = NAME(fused)(p * r, angle, angle);
#if ELEMENT_BYTES == 4
  p = SPLAT(0x1.9bb6cp-16f);
  STEP_OF(-0x1.6c1284p-10f)
  STEP_OF(0x1.555554p-5f)
#else
  p = SPLAT(-0x1.906658e3e6ea8p-37);
  STEP_OF(0x1.1eeb45d1ed20cp-29)
  STEP_OF(-0x1.27e4f9f21f325p-22)
  STEP_OF(0x1.a01a019f2c15dp-16)
  STEP_OF(-0x1.6c16c16c1689fp-10)
  STEP_OF(0x1.5555555555555p-5)
#endif
  // 1 - r/2 with what its rounding loses, then the rest.
  VEC half = SPLAT(0.5) * r, most = SPLAT(1) - half, lost = SPLAT(1) - most - half;
  VEC cosine = most + NAME(fused)(p, r * r, lost);
  VEC result = (INT)((quarter & 1) != 0) ? cosine : sine;
  return (VEC)((INT)result ^ ((quarter & 2) << PER_TYPE(30, 62)));
}

/// The lanes that are too large one by one, the others from `result`. Infinity and NaN give NaN.
__attribute__((noinline, cold)) static void NAME(sin_far)(ELEMENT *lanes, const ELEMENT *x, SIGNED turns) {
  for (size_t i = 0; i < LANES; i++) {
    if (!(x[i] > TURN_LIMIT || x[i] < -TURN_LIMIT)) continue;
    // The double function of a Float rounds to the right Float but for very near ties.
    lanes[i] = (ELEMENT)(turns ? cos(x[i]) : sin(x[i]));
  }
}

static INLINE VEC NAME(sin_or_cos)(VEC x, SIGNED turns) {
  VEC result = NAME(sin_turned)(x, turns);
  if (__builtin_expect(OF_SUFFIX(bits)((INT)(NAME(size)(x) > SPLAT(TURN_LIMIT))) != 0, 0)) {
    ELEMENT lanes[LANES], inputs[LANES];
    NAME(store)(lanes, result);
    NAME(store)(inputs, x);
    NAME(sin_far)(lanes, inputs, turns);
    result = NAME(load)(lanes);
  }
  return result;
}
static INLINE VEC NAME(sin_of)(VEC x) { return NAME(sin_or_cos)(x, 0); }
static INLINE VEC NAME(cos_of)(VEC x) { return NAME(sin_or_cos)(x, 1); }

EACH(exp, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(exp_of)(AT(a)))
EACH(log, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(log_of)(AT(a)))
EACH(sin, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(sin_of)(AT(a)))
EACH(cos, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(cos_of)(AT(a)))
EACH(tanh, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(tanh_of)(AT(a)))
EACH(sigmoid, (ELEMENT *out, const ELEMENT *a, size_t n), NAME(sigmoid_of)(AT(a)))

#undef TURN_LIMIT
#undef PER_TYPE

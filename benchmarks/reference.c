/* The yardstick: integrated hazards with incremental pressures, written plainly.

   Every person draws one Exp(1) threshold for hearing and one for stopping. Pressure is the weight of tellers around
   a person, known the weight of all around a person who know. An edge is touched only when its source switches.
   Synchronous: who switches in tick t acts from t + 1. Weights are symmetric and sorted by source. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t mixed(uint64_t word) {
    word += 0x9E3779B97F4A7C15ULL;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL;
    return word ^ (word >> 31);
}

static float threshold(uint64_t seed, uint64_t purpose, uint64_t person) {
    uint64_t bits = mixed(mixed(seed ^ (purpose << 32)) ^ person);
    float drawn = (float)-log(((double)(bits >> 11) + 0.5) / 9007199254740992.0);
    return drawn < 1e-30f ? 1e-30f : drawn;
}

/* heard and stopped get the tick, or -1 if never; initial spreaders have heard in tick -2.
   Returns how many know in the end, or -1 without memory. given_hear/given_stop may be NULL. */
int64_t maki_thompson(int64_t people, const int64_t *start, const int32_t *target, const float *weight,
                      const double *transmission_rates, int64_t ticks, double tick_days, double stifling_rate,
                      double forgetting_rate, const int32_t *initial, int64_t initials, uint64_t seed,
                      const float *given_hear, const float *given_stop, int16_t *heard, int16_t *stopped) {
    float *pressure = calloc(people, sizeof(float)), *known = calloc(people, sizeof(float));
    float *hear = malloc(people * sizeof(float)), *stop = malloc(people * sizeof(float));
    int32_t *tellers = malloc(people * sizeof(int32_t)), *on = malloc(people * sizeof(int32_t));
    int32_t *off = malloc(people * sizeof(int32_t));
    int64_t telling = 0, switched_on = 0, switched_off = 0, knowing = initials;
    if (!pressure || !known || !hear || !stop || !tellers || !on || !off) return -1;
    for (int64_t i = 0; i < people; i++) {
        hear[i] = given_hear ? given_hear[i] : threshold(seed, 1, i);
        stop[i] = given_stop ? given_stop[i] : threshold(seed, 2, i);
        heard[i] = stopped[i] = -1;
    }
    for (int64_t k = 0; k < initials; k++) {
        on[switched_on++] = initial[k];
        heard[initial[k]] = -2;
        hear[initial[k]] = INFINITY;
    }
    for (int64_t t = 0; t < ticks; t++) {
        for (int64_t k = 0; k < switched_on; k++) {
            int32_t i = on[k];
            for (int64_t e = start[i]; e < start[i + 1]; e++) {
                pressure[target[e]] += weight[e];
                known[target[e]] += weight[e];
            }
            tellers[telling++] = i;
        }
        for (int64_t k = 0; k < switched_off; k++) {
            int32_t i = off[k];
            for (int64_t e = start[i]; e < start[i + 1]; e++) pressure[target[e]] -= weight[e];
        }
        switched_on = switched_off = 0;
        float rate = (float)(transmission_rates[t] * tick_days);
        for (int64_t i = 0; i < people; i++) {
            hear[i] -= pressure[i] * rate;
            if (hear[i] <= 0.0f) {
                on[switched_on++] = (int32_t)i;
                heard[i] = (int16_t)t;
                hear[i] = INFINITY;
            }
        }
        float stifling = (float)(stifling_rate * tick_days), forgetting = (float)(forgetting_rate * tick_days);
        int64_t kept = 0;
        for (int64_t k = 0; k < telling; k++) {
            int32_t i = tellers[k];
            stop[i] -= stifling * known[i] + forgetting;
            if (stop[i] <= 0.0f) {
                off[switched_off++] = i;
                stopped[i] = (int16_t)t;
            } else {
                tellers[kept++] = i;
            }
        }
        telling = kept;
        knowing += switched_on;
        if (!telling && !switched_on) break;
    }
    free(pressure); free(known); free(hear); free(stop); free(tellers); free(on); free(off);
    return knowing;
}

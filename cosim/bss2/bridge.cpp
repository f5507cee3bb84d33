// The verilated fabric behind a C interface: registers as a host writes them, and one clock edge per call.
//
// CIRCUITS, CHANNELS, EACH_CHANNEL, DRIVERS, LABEL_BITS and AMPLITUDE_BITS come from the chip specification by -D.

#include <cstdint>
#include <vector>

#include "host.hpp"

namespace {

constexpr int kLanes = (CIRCUITS + 63) / 64;

// One bit per circuit, 64 per word.
template <class Port>
void neurons(const Port& port, uint64_t* out) {
    for (int w = 0; w < kLanes; ++w) {
        out[w] = word(port, 2 * w);
        if (CIRCUITS > 64 * w + 32) out[w] |= static_cast<uint64_t>(word(port, 2 * w + 1)) << 32;
        if (CIRCUITS < 64 * (w + 1)) out[w] &= (1ull << (CIRCUITS % 64)) - 1;
    }
}

struct Fabric : Host<Fabric> {
    const int64_t* next[CHANNELS] = {};  // words for each link that the host has not handed over yet
    const int64_t* end[CHANNELS] = {};
    int64_t sent = 0;            // words that came out of the links
    uint32_t words = 0;          // their sum
    std::vector<int32_t> fired;  // neurons whose bits of `fire` are set

    CData* s_valid(int k);
    CData* s_ready(int k);
    QData* s_data(int k);
    CData* m_valid(int k);
    CData* m_ready(int k);
    QData* m_data(int k);

    void edge() {
        bool taken[CHANNELS];
        for (int k = 0; k < CHANNELS; ++k) {
            *s_valid(k) = next[k] != end[k];
            if (*s_valid(k)) *s_data(k) = static_cast<QData>(*next[k]);
            taken[k] = *s_valid(k) && *s_ready(k);
            if (*m_valid(k)) {
                ++sent;
                words += static_cast<uint32_t>(*m_data(k));
            }
        }
        tick();
        for (int k = 0; k < CHANNELS; ++k) next[k] += taken[k];
    }

    void fire(const int32_t* neurons, int64_t count) {
        for (const int32_t n : fired) put_bits(top->fire, n, 1, 0);
        fired.assign(neurons, neurons + count);
        for (const int32_t n : fired) put_bits(top->fire, n, 1, 1);
    }
};

// EACH_CHANNEL(X) is X(0) X(1) … for all links.
#define CHANNEL(name, type, CASE)     \
    type* Fabric::name(int k) {       \
        switch (k) {                  \
            EACH_CHANNEL(CASE)        \
        }                             \
        __builtin_unreachable();      \
    }
#define S_VALID(k) case k: return &top->s_axis_##k##_tvalid;
#define S_READY(k) case k: return &top->s_axis_##k##_tready;
#define S_DATA(k) case k: return &top->s_axis_##k##_tdata;
#define M_VALID(k) case k: return &top->m_axis_##k##_tvalid;
#define M_READY(k) case k: return &top->m_axis_##k##_tready;
#define M_DATA(k) case k: return &top->m_axis_##k##_tdata;
CHANNEL(s_valid, CData, S_VALID)
CHANNEL(s_ready, CData, S_READY)
CHANNEL(s_data, QData, S_DATA)
CHANNEL(m_valid, CData, M_VALID)
CHANNEL(m_ready, CData, M_READY)
CHANNEL(m_data, QData, M_DATA)

Fabric* of(int64_t handle) { return reinterpret_cast<Fabric*>(handle); }

}  // namespace

extern "C" {

// Return a fabric after reset, its configuration at reset values.
int64_t bridge_open(uint32_t control, uint32_t run) {
    auto* f = new Fabric;
    for (int k = 0; k < CHANNELS; ++k) *f->m_ready(k) = 1;
    f->start(control, run);
    return reinterpret_cast<int64_t>(f);
}

void bridge_close(int64_t handle) { delete of(handle); }

// Write a register; return the response of the bus, 0 if accepted.
int64_t bridge_write(int64_t handle, int64_t address, int64_t data) {
    of(handle)->write(static_cast<uint32_t>(address), static_cast<uint32_t>(data));
    return of(handle)->answer();
}

// Read registers; return their number. Out: their values, −1 where the bus answers with an error.
int64_t bridge_read(int64_t handle, const int64_t* addresses, int64_t count, int64_t* out) {
    of(handle)->read(addresses, count, out);
    return count;
}

// Clear the state, hand the links their words first[k]:first[k + 1], let the FIFOs fill, and go to cycle 0.
int64_t bridge_begin(int64_t handle, int64_t control, int64_t clear, int64_t run, const int64_t* words,
                     const int64_t* first, int64_t depth) {
    Fabric* f = of(handle);
    for (int k = 0; k < CHANNELS; ++k) f->next[k] = f->end[k] = nullptr;
    f->write(static_cast<uint32_t>(control), static_cast<uint32_t>(clear));
    f->answer();
    for (int n = 0; n < 4; ++n) f->edge();
    for (int k = 0; k < CHANNELS; ++k) {
        f->next[k] = words + first[k];
        f->end[k] = words + first[k + 1];
    }
    for (int64_t n = 0; n < depth + 2; ++n) f->edge();
    f->sent = f->words = 0;
    f->write(static_cast<uint32_t>(control), static_cast<uint32_t>(run));
    for (int n = 1; n < f->to_effect; ++n) f->edge();  // one was the write's
    return f->top->system_time;
}

// One cycle: take the neurons that fire, do the clock edge, and return what is visible in the next cycle: the number of
// pulses (rows of driver, row_exc, row_inh, label, amplitude), plus 2^32 if the CADC is triggered.
int64_t bridge_cycle(int64_t handle, const int32_t* fired, int64_t fires, int64_t* pulses, uint64_t* clamped,
                     uint64_t* refractory) {
    Fabric* f = of(handle);
    if (fires || !f->fired.empty()) f->fire(fired, fires);
    f->edge();
    neurons(f->top->clamp, clamped);
    neurons(f->top->refractory, refractory);
    int64_t count = 0;
    for (int w = 0; w < (DRIVERS + 31) / 32; ++w) {
        for (uint32_t valid = word(f->top->pulse_valid, w); valid; valid &= valid - 1) {
            const int d = 32 * w + __builtin_ctz(valid);
            int64_t* row = pulses + 5 * count++;
            row[0] = d;
            row[1] = bits(f->top->row_exc, 2 * d, 2);
            row[2] = bits(f->top->row_inh, 2 * d, 2);
            row[3] = bits(f->top->pulse_label, LABEL_BITS * d, LABEL_BITS);
            row[4] = bits(f->top->pulse_amplitude, AMPLITUDE_BITS * d, AMPLITUDE_BITS);
        }
    }
    return count + (static_cast<int64_t>(f->top->cadc_trigger) << 32);
}

// Fill four values per link for this cycle: whether it takes a word from the host, that word, whether it gives one, that.
int64_t bridge_links(int64_t handle, int64_t* out) {
    Fabric* f = of(handle);
    for (int k = 0; k < CHANNELS; ++k, out += 4) {
        out[0] = f->next[k] != f->end[k] && *f->s_ready(k);
        out[1] = out[0] ? *f->next[k] : 0;
        out[2] = *f->m_valid(k);
        out[3] = out[2] ? static_cast<int64_t>(*f->m_data(k)) : 0;
    }
    return CHANNELS;
}

// Let everything that is on its way arrive, without fires: `left` cycles until the links in are empty, then until no
// event was at a link for `quiet` cycles. Return the cycles that are left of `most` for the latter, 0 if the links never
// come to rest. Out: the words that came out of the links since begin, and their sum modulo 2^32.
int64_t bridge_drain(int64_t handle, int64_t left, int64_t quiet, int64_t most, int64_t* out) {
    Fabric* f = of(handle);
    f->fire(nullptr, 0);
    while (left-- > 0) f->edge();
    for (int64_t idle = 0; idle < quiet && most > 0; ++idle, --most) {
        bool waiting = false;
        for (int k = 0; k < CHANNELS; ++k) waiting |= f->next[k] != f->end[k] || *f->m_valid(k);
        if (waiting) idle = 0;
        f->edge();
    }
    out[0] = f->sent;
    out[1] = f->words;
    return most;
}

}  // extern "C"

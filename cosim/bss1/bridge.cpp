// The verilated digital path of a HICANN behind a C interface: registers as a host writes them, a clock edge per call.
//
// DRIVERS, LINES, ADDRESS_BITS, DECODER_BITS and READY_CYCLES come from the chip specification by -D.

#include <cstdint>
#include <vector>

#include "host.hpp"

namespace {

constexpr int kStrobes = 4;              // of a driver
constexpr int64_t kIdle = -(1ll << 40);  // a cycle long before any run
constexpr int64_t kNever = 1ll << 40;

struct Path : Host<Path> {
    const int64_t* next = nullptr;  // rows of arrival and word that the link has not brought yet
    const int64_t* end = nullptr;
    std::vector<int64_t> sent;   // rows of cycle and word that the host took
    std::vector<int32_t> fired;  // circuits whose bits of `fire` are set
    int64_t cycle = kIdle;
    int64_t stop_at = kNever;  // the cycle in which time stands again
    uint32_t control = 0, stop = 0;

    void edge() {
        const bool arrives = next != end && next[0] == cycle;
        top->s_axis_tvalid = arrives;
        if (arrives) top->s_axis_tdata = static_cast<uint32_t>(next[1]);
        top->m_axis_tready = cycle < 0 || cycle % READY_CYCLES == 0;  // before a run, take what an earlier one left
        if (cycle >= 0 && top->m_axis_tvalid && top->m_axis_tready) {
            sent.push_back(cycle);
            sent.push_back(static_cast<int64_t>(top->m_axis_tdata));
        }
        if (cycle == stop_at - to_effect) offer(control, stop);
        tick();
        if (arrives) next += 2;
        ++cycle;
    }

    void fire(const int32_t* circuits, int64_t count) {
        for (const int32_t n : fired) put_bits(top->fire, n, 1, 0);
        fired.assign(circuits, circuits + count);
        for (const int32_t n : fired) put_bits(top->fire, n, 1, 1);
    }
};

Path* of(int64_t handle) { return reinterpret_cast<Path*>(handle); }

}  // namespace

extern "C" {

// Return a path after reset, its configuration at reset values.
int64_t bridge_open(uint32_t control, uint32_t run) {
    auto* p = new Path;
    p->start(control, run);
    return reinterpret_cast<int64_t>(p);
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

// Clear the state and go to cycle 0. words: rows of arrival and word, by arrival, none more than `lead` cycles before
// the run. The write of `stop` takes effect in cycle `cycles`.
int64_t bridge_begin(int64_t handle, int64_t control, int64_t clear, int64_t run, int64_t stop, const int64_t* words,
                     int64_t count, int64_t lead, int64_t cycles) {
    Path* p = of(handle);
    p->write(static_cast<uint32_t>(control), static_cast<uint32_t>(clear));
    p->answer();
    for (int n = 0; n < 4; ++n) p->edge();
    p->next = words;
    p->end = words + 2 * count;
    p->sent.clear();
    p->control = static_cast<uint32_t>(control);
    p->stop = static_cast<uint32_t>(stop);
    p->stop_at = cycles;
    p->cycle = -(lead > p->to_effect ? lead : p->to_effect);
    while (p->cycle < 0) {
        if (p->cycle == -p->to_effect) p->offer(p->control, static_cast<uint32_t>(run));
        p->edge();
    }
    return p->top->system_time;
}

// One cycle: take the circuits that fire and events of other chips (rows of line and address), do the clock edge, and
// return what is visible in the next cycle: the number of pulses (rows of driver, strobes, synapse address), and, times
// 2^32, of events at the ends of the chip's lines (rows of cycle, line, address).
int64_t bridge_cycle(int64_t handle, const int32_t* fired, int64_t fires, const int64_t* foreign, int64_t heard,
                     int64_t* pulses, int64_t* lines) {
    Path* p = of(handle);
    Vfabric* top = p->top.get();
    if (fires || !p->fired.empty()) p->fire(fired, fires);
    clear(top->foreign_valid);
    for (int64_t n = 0; n < heard; ++n) {
        const int line = static_cast<int>(foreign[2 * n]) - LINES;
        put_bits(top->foreign_valid, line, 1, 1);
        put_bits(top->foreign_addresses, line * ADDRESS_BITS, ADDRESS_BITS, static_cast<uint32_t>(foreign[2 * n + 1]));
    }
    p->edge();
    int64_t count = 0, leaving = 0;
    for (int w = 0; w < (kStrobes * DRIVERS + 31) / 32; ++w) {
        for (uint32_t strobes = word(top->strobe, w); strobes;) {
            const int at = __builtin_ctz(strobes) / kStrobes;
            const int d = 32 / kStrobes * w + at;
            int64_t* row = pulses + 3 * count++;
            row[0] = d;
            row[1] = strobes >> (kStrobes * at) & ((1u << kStrobes) - 1);
            row[2] = bits(top->synapse_address, DECODER_BITS * d, DECODER_BITS);
            strobes &= ~(((1u << kStrobes) - 1) << (kStrobes * at));
        }
    }
    for (uint32_t valid = top->line_valid; valid; valid &= valid - 1) {
        const int line = __builtin_ctz(valid);
        int64_t* row = lines + 3 * leaving++;
        row[0] = p->cycle;
        row[1] = line;
        row[2] = bits(top->line_addresses, ADDRESS_BITS * line, ADDRESS_BITS);
    }
    return count + (leaving << 32);
}

// Let everything that is on its way arrive, without fires. Return the number of words that the host took since begin,
// −1 if they are more than `room`. Out: rows of cycle and word.
int64_t bridge_drain(int64_t handle, int64_t cycles, int64_t* out, int64_t room) {
    Path* p = of(handle);
    p->fire(nullptr, 0);
    clear(p->top->foreign_valid);
    for (int64_t n = 0; n < cycles; ++n) p->edge();
    p->cycle = kIdle;
    p->stop_at = kNever;
    const int64_t count = static_cast<int64_t>(p->sent.size()) / 2;
    if (count > room) return -1;
    for (size_t n = 0; n < p->sent.size(); ++n) out[n] = p->sent[n];
    return count;
}

}  // extern "C"

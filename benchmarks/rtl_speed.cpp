// Clocks the verilated fabric through frames that a file describes, and prints cycles and seconds of CPU time.
//
// The file holds 64-bit integers: writes of the configuration (count, then address and word), the writes for clear and
// run (address and word each), frames and cycles per frame; then per frame and link its words (count, then words), and
// its fires (count, then cycle and neuron, by cycle).

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

namespace {

constexpr int kLinks = 4;

std::vector<int64_t> input;
size_t at = 0;
int64_t cycles = 0;

int64_t next() { return input[at++]; }

void tick(Vtop& top) {
    top.clock = 1;
    top.eval();
    top.clock = 0;
    top.eval();
    ++cycles;
}

void write(Vtop& top, int64_t address, int64_t word) {
    top.s_axil_awaddr = address;
    top.s_axil_wdata = word;
    top.s_axil_awvalid = top.s_axil_wvalid = 1;
    tick(top);
    top.s_axil_awvalid = top.s_axil_wvalid = 0;
    while (!top.s_axil_bvalid) tick(top);
    tick(top);
}

}  // namespace

int main(int, char** argv) {
    FILE* file = std::fopen(argv[1], "rb");
    int64_t value;
    while (std::fread(&value, sizeof value, 1, file) == 1) input.push_back(value);
    std::fclose(file);

    VerilatedContext context;
    Vtop top{&context};
    CData* in_valid[kLinks] = {&top.s_axis_0_tvalid, &top.s_axis_1_tvalid, &top.s_axis_2_tvalid, &top.s_axis_3_tvalid};
    CData* in_ready[kLinks] = {&top.s_axis_0_tready, &top.s_axis_1_tready, &top.s_axis_2_tready, &top.s_axis_3_tready};
    QData* in_data[kLinks] = {&top.s_axis_0_tdata, &top.s_axis_1_tdata, &top.s_axis_2_tdata, &top.s_axis_3_tdata};
    CData* out_valid[kLinks] = {&top.m_axis_0_tvalid, &top.m_axis_1_tvalid, &top.m_axis_2_tvalid, &top.m_axis_3_tvalid};
    top.m_axis_0_tready = top.m_axis_1_tready = top.m_axis_2_tready = top.m_axis_3_tready = 1;
    top.s_axil_bready = top.s_axil_rready = 1;
    top.s_axil_wstrb = 15;
    top.reset = 1;
    tick(top);
    tick(top);
    top.reset = 0;
    for (int64_t n = next(); n > 0; --n) {
        const int64_t address = next();
        write(top, address, next());
    }
    const int64_t clear_address = next(), clear_word = next(), run_address = next(), run_word = next();
    const int64_t frames = next(), length = next();
    const size_t first = at;
    const int64_t repeats = std::atoll(argv[2]);

    int64_t pulses = 0, sent = 0;
    cycles = 0;
    const std::clock_t begin = std::clock();  // of this process alone
    for (int64_t repeat = 0; repeat < repeats; ++repeat) {
        at = first;
        for (int64_t frame = 0; frame < frames; ++frame) {
            write(top, clear_address, clear_word);
            write(top, run_address, run_word);
            const int64_t* words[kLinks];
            const int64_t* end[kLinks];
            for (int k = 0; k < kLinks; ++k) {
                const int64_t count = next();
                words[k] = input.data() + at;
                end[k] = words[k] + count;
                at += count;
            }
            int64_t fires = next();
            for (int64_t cycle = 0; cycle < length; ++cycle) {
                for (int k = 0; k < kLinks; ++k) {
                    *in_valid[k] = words[k] != end[k];
                    if (words[k] != end[k]) *in_data[k] = *words[k];
                }
                int64_t fired = -1;
                if (fires > 0 && input[at] <= cycle) {
                    fired = input[at + 1];
                    top.fire[fired / 32] |= 1u << (fired % 32);
                    at += 2;
                    --fires;
                }
                bool taken[kLinks];
                for (int k = 0; k < kLinks; ++k) taken[k] = *in_valid[k] && *in_ready[k];
                tick(top);
                for (int k = 0; k < kLinks; ++k) words[k] += taken[k];
                if (fired >= 0) top.fire[fired / 32] = 0;
                for (int w = 0; w < PULSE_WORDS; ++w) pulses += __builtin_popcount(top.pulse_valid[w]);
                for (int k = 0; k < kLinks; ++k) sent += *out_valid[k];
            }
            at += 2 * fires;
        }
    }
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    std::printf("%lld %.6f %lld %lld\n", static_cast<long long>(cycles), seconds, static_cast<long long>(pulses),
                static_cast<long long>(sent));
    top.final();
}

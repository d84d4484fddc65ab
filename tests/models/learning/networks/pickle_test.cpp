#include "models/learning/networks/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

/// Bytes that outlive the pickle, and the pickle.
struct Held {
  explicit Held(std::string text) : bytes(std::move(text)), pickle(bytes) {}
  template <class T>
  T root() const {
    const T* value = pickle.root().as<T>();
    if (value == nullptr) throw std::runtime_error("of another type");
    return *value;
  }
  std::string bytes;
  Pickle pickle;
};

std::string failure(const std::string& bytes) {
  try {
    const Pickle pickle(bytes);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no failure";
}

TEST(Pickle, HoldsTheNumbersThatPythonWrote) {  // pickle.dumps(x, 2) of each
  EXPECT_EQ(Held("\x80\2K\x07.").root<std::int64_t>(), 7);
  EXPECT_EQ(Held("\x80\2M\x2c\x01.").root<std::int64_t>(), 300);
  EXPECT_EQ(Held("\x80\2J\xfe\xff\xff\xff.").root<std::int64_t>(), -2);
  EXPECT_EQ(Held("\x80\2\x8a\x05\x00\x00\x00\x00\xff."s).root<std::int64_t>(), -(1LL << 32));
  EXPECT_EQ(Held("\x80\2\x8a\x00."s).root<std::int64_t>(), 0);
  EXPECT_EQ(Held("\x80\2G\x3f\xf8\0\0\0\0\0\0."s).root<double>(), 1.5);
  EXPECT_EQ(Held("\x80\2\x88.").root<bool>(), true);
  Held("\x80\2N.").root<PickleNone>();
  Held("\x80\2\x8a\x0b\0\0\0\0\0\0\0\0\0\0\x01."s).root<PickleObject>();
}

TEST(Pickle, SharesWhatItRemembers) {  // a = []; [a, a], and a appended to itself
  const Held two("\x80\2]q\0(]q\1h\1e."s);
  const auto list = two.root<PickleList>();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], list[1]);
  const Held circle("\x80\2]q\0h\0a."s);
  EXPECT_EQ(circle.root<PickleList>()[0], &circle.pickle.root());
}

TEST(Pickle, NeverCallsWhatItNames) {
  const Held shell("\x80\2cposix\nsystem\nX\x04\0\0\0exit\x85R."s);
  EXPECT_EQ(shell.root<PickleObject>().name, "posix.system");
  const Held object("\x80\2ccollections\nCounter\n)\x81}b."s);
  EXPECT_EQ(object.root<PickleObject>().name, "collections.Counter");
}

TEST(Pickle, TakesAClassThatCarriesItsSourceForThatClass) {  // as whole modules of the old format
  const Held module(
      "\x80\2(X\x06\0\0\0modulecnet\nNet\nX\x06\0\0\0net.pyX\x04\0\0\0passtQ)\x81}b."s);
  EXPECT_EQ(module.root<PickleObject>().name, "net.Net");
}

/// torch._utils._rebuild_tensor_v2(storage "0", 0, (1,), (1,), False, {}, marks)
std::string pickled_tensor(const std::string& marks, const std::string& view = "") {
  const std::string storage =
      "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\1"s + view + "tQ";
  return "\x80\2ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\0K\1\x85K\1\x85\x89}"s +
         marks + "tR.";
}

TEST(Pickle, TakesNoTensorThatIsAnotherThanItsBytes) {
  EXPECT_EQ(Held(pickled_tensor("")).root<PickledTensor>().shape, (Shape{1}));
  Held(pickled_tensor("}")).root<PickledTensor>();
  Held(pickled_tensor("N")).root<PickledTensor>();
  EXPECT_THAT(failure(pickled_tensor("}X\3\0\0\0neg\x88s"s)), HasSubstr("negated"));
  Held(pickled_tensor("", "N")).root<PickledTensor>();
  EXPECT_THAT(failure(pickled_tensor("", "K\1")), HasSubstr("part of another"));
}

TEST(Pickle, NamesTheOpcodeThatTorchDoesNotWrite) {
  EXPECT_THAT(failure("\x80\2I1\n."), HasSubstr("has the opcode 0x49 at byte 2"));
  EXPECT_THAT(failure("\x80\2(ios\nsystem\n."), HasSubstr("the opcode 0x69 at byte 3"));
  EXPECT_THAT(failure("\x80\2\x82\1."), HasSubstr("the opcode 0x82"));
  EXPECT_THAT(failure("(dp0\n."), HasSubstr("not of protocol 2 to 5"));
}

TEST(Pickle, ThatMakesNoSenseIsRefused) {
  for (const std::string& bytes :
       {"\x80\2."s, "\x80\2a."s, "\x80\2t."s, "\x80\2K\1K\2a."s, "\x80\2h\5."s, "\x80\2K\1(Q."s,
        "\x80\2}K\1(u."s, "\x80\2}(K\1u."s, "\x80\2K\1}b."s, "\x80\2X\xff\xff\xff\xffx."s,
        "\x80\2\x8b\xff\xff\xff\x7f."s, "\x80\2cno end"s, "\x80\2K\1)R."s, "\x80\2N"s,
        "\x80\2\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s, "\x80\2K\1\x88\x93."s}) {
    EXPECT_THAT(failure(bytes), HasSubstr("its pickle")) << bytes.substr(2);
  }
}

TEST(Pickle, SaysWhereItEnds) { EXPECT_EQ(Held("\x80\2N.more").pickle.size(), 4U); }

}  // namespace
}  // namespace certify

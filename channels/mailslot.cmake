# Mailslots need SQLite, so they are a library of their own for those who want them.
add_library(remoting_mailslot STATIC)
add_library(remoting::mailslot ALIAS remoting_mailslot)
set_target_properties(remoting_mailslot PROPERTIES EXPORT_NAME mailslot POSITION_INDEPENDENT_CODE ON)
target_include_directories(remoting_mailslot PRIVATE src)
target_link_libraries(remoting_mailslot PUBLIC remoting::channels PRIVATE SQLite::SQLite3 Threads::Threads)
target_sources(
  remoting_mailslot
  PRIVATE src/mailslot/database.cpp
          src/mailslot/delivery_mark.cpp
          src/mailslot/disk_reserve.cpp
          src/mailslot/durable_sender.cpp
          src/mailslot/durable_store.cpp
          src/mailslot/envelope.cpp
          src/mailslot/group_sender.cpp
          src/mailslot/mailslot.cpp
          src/mailslot/mailslot_channel.cpp
          src/mailslot/make_sender.cpp
          src/mailslot/make_store.cpp
          src/mailslot/message_remover.cpp
          src/mailslot/multicast.cpp
          src/mailslot/one_way_connection.cpp
          src/mailslot/rare_log.cpp
          src/mailslot/slot_address.cpp
          src/mailslot/slot_dispatcher.cpp
          src/mailslot/slot_queue.cpp
          src/mailslot/slot_repair.cpp
          src/mailslot/slot_sender.cpp
          src/mailslot/slot_turn.cpp
          src/mailslot/storage_directory.cpp
          src/mailslot/volatile_store.cpp
          src/mailslot/wal_only_vfs.cpp
  PUBLIC FILE_SET
         HEADERS
         BASE_DIRS
         include
         FILES
         include/remoting/channels/mailslot.hpp
         include/remoting/channels/mailslot_channel.hpp)
